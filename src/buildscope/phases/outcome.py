"""How a phase says that there was nothing for it to do."""

from __future__ import annotations


class Skipped(Exception):  # noqa: N818 - not an error
    """The phase does not apply; the text says why."""
