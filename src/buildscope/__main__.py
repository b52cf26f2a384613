"""``python -m buildscope`` is the console script."""

from __future__ import annotations

import sys

from buildscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
