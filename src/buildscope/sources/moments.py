"""Times as indexes and users write them (ISO 8601, a subset of it)."""

from __future__ import annotations

from datetime import datetime


def parse_moment(text: str) -> datetime:
    """The time that ``text`` means; ``Z`` is understood on every Python. Raises ``ValueError``."""
    return datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))


def moment_text(moment: datetime) -> str:
    """A time as indexes write it, with ``Z`` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")
