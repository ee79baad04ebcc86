"""From a trained Keras model to a version that TensorFlow Serving loads."""
