"""A directory of extra distributions in front of the user's own environment."""

from __future__ import annotations

import os
import site
import sys


def put_in_front(layer: str) -> None:
    """Process the ``.pth`` files of ``layer`` (as ``site.addsitedir``), what they add behind it.

    ``PYTHONPATH`` puts a directory on ``sys.path`` but does not process its ``.pth`` files, and
    ``addsitedir`` appends, so that the user's versions would win.
    """
    if layer not in sys.path:
        sys.path.insert(0, layer)
    before = set(sys.path)
    site.addsitedir(layer)
    added = [path for path in sys.path if path not in before]
    rest = [path for path in sys.path if path in before]
    at = [os.path.normcase(path) for path in rest].index(os.path.normcase(layer)) + 1
    sys.path[:] = rest[:at] + added + rest[at:]
