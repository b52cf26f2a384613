"""Calls hooks of a build backend (PEP 517, PEP 660) and tells everything about how they ended."""
