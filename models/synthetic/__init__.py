"""SPECIMEN cards of people who do not exist, drawn with exact truth and photographed."""
