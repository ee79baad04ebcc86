"""Merges requests that wait at the same time into one Session.run, as --enable_batching does."""
