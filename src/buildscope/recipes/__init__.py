"""Recipes in the words of the tools that people use: pip, uv, build, patch, Docker."""
