"""Canary-rolling a model version on evidence."""
