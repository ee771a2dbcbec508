"""A small inference server."""

__version__ = "1.3.0"
