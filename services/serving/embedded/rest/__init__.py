"""TF Serving's REST API: the same models over HTTP and JSON."""
