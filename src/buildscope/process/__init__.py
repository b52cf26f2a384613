"""Runs processes so that none is left behind and none of their output is lost."""
