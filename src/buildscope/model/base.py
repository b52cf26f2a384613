"""The base of all records: frozen, keyword-only, to JSON and back through msgspec."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A plain immutable value without behaviour that touches the world."""
