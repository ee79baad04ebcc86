"""The model store: numbered, immutable, verified versions of models on anything that fsspec reaches."""
