"""Interpreters, build environments, what is installed into them and found in them."""
