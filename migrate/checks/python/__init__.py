"""Hazards in Python."""
