"""Times as indexes and users write them (ISO 8601, a subset of it)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from buildscope.errors import UsageError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{3}(\d{3})?)?)?(Z|[+-]\d{2}:\d{2})?",
    re.IGNORECASE,
)
_SHORTEST = timedelta(microseconds=1)


def parse_moment(text: str) -> datetime:
    """The time that ``text`` means; ``Z`` is understood on every Python. Raises ``ValueError``."""
    return datetime.fromisoformat(text.strip().upper().replace("Z", "+00:00"))


def moment_text(moment: datetime) -> str:
    """A time as indexes write it, with ``Z`` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def parse_cutoff(text: str) -> datetime:
    """``--exclude-newer``: the last moment, in UTC, at which an upload still counts.

    A day counts to its end, and what names no zone is in UTC, so that the result is the same
    on every machine. Raises ``UsageError`` for what is neither a day nor a time.
    """
    stripped = text.strip()
    day = _DAY.fullmatch(stripped)
    try:
        if not day and not _TIME.fullmatch(stripped):
            raise ValueError(stripped)  # noqa: TRY301 - said as below, in one place
        moment = parse_moment(stripped)
        utc = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(
            timezone.utc
        )
        return utc + timedelta(days=1) - _SHORTEST if day else utc
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--exclude-newer {text!r} is no date", hint="write 2024-02-29 or 2024-02-29T12:00:00Z"
        ) from error


def uploaded_prior_to(text: str) -> str:
    """``--exclude-newer`` for pip and uv, which leave out the moment that they are told.

    Raises ``UsageError`` as ``parse_cutoff`` does.
    """
    return moment_text(parse_cutoff(text) + _SHORTEST)
