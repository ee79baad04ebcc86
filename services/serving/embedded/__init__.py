"""A server that answers as TensorFlow Serving does, over gRPC and REST, for laptops and tests."""
