"""Widgets that paint rows line by line."""
