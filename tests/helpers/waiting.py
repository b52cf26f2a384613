"""Waiting for something that another thread or process does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 30.0


def wait_until(condition: Callable[[], bool], limit: float = LIMIT) -> None:
    """Return as soon as ``condition`` holds; fails the test after ``limit`` seconds."""
    pause = threading.Event()
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("what was waited for did not happen")
        pause.wait(0.01)
