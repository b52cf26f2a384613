"""What ``buildscope retry`` asks for, as a request to the session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.cli.settings import changes_from
from buildscope.model.base import Record
from buildscope.model.delta import with_delta
from buildscope.model.names import Phase
from buildscope.session.words import parse_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Request


class Asked(Record, frozen=True):
    """The command line of a retry: ``given`` options, ``change`` in the words of the retry line."""

    given: dict[str, Any]
    change: str
    start: Phase | None
    here: bool
    cwd: Path

    def request(self, parent: Attempt, drafts: Mapping[str, str]) -> Request:
        """The request for a retry of ``parent``; options count above the words."""
        request = parse_request(self.change, parent.settings, drafts)
        changes = changes_from(self.given, self.cwd)
        return msgspec.structs.replace(
            request,
            settings=with_delta(request.settings, changes),
            start=self.start or request.start,
            here=self.here or request.here,
        )
