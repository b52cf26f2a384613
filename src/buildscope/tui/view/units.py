"""Durations and sizes as a person says them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``0.4 s``, ``38 s``, ``2 min 41 s``, ``1 h 5 min``."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def clock(seconds: float) -> str:
    """``0.4 s`` below a minute, then ``2:41``, then ``1:05:07``."""
    whole = int(seconds)
    if whole < 60:
        return duration(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def size(count: int) -> str:
    """A number of bytes in decimal units: ``190 MB``, ``2.5 MB``, ``812 bytes``."""
    if count < 1000:
        return f"{count} bytes"
    value, unit = count / 1000, "kB"
    for larger in ("MB", "GB"):
        if value >= 1000:
            value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """``1 line``, ``2 lines``; thousands are set apart."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
