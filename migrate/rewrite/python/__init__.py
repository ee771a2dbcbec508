"""Changes in Python code."""
