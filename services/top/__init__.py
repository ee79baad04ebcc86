"""`fvi-ocr top`: what a running system does, in a terminal, from its own metrics."""
