"""A terminal debugger for Python package builds."""

__version__ = "0.1.0"
