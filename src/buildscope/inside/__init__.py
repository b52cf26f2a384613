"""Runs around a hook in the target interpreter (3.8+), stdlib only; loaded by path, never imported.

At run time the modules here are the package ``_buildscope_inside`` (see ``__main__``).
"""
