"""Measurements with a verdict: each script prints tables, and one BAR line for each bar it is held to."""
