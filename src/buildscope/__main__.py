"""``python -m buildscope`` is the console script."""

from __future__ import annotations

from buildscope.cli import entry

if __name__ == "__main__":
    entry()
