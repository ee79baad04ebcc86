"""A gRPC server that answers as TensorFlow Serving does, for laptops and tests."""
