"""Calls ``obtain`` as a session does, with places of its own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.configuration.files import UserFiles
from buildscope.configuration.index import index_configuration
from buildscope.errors import SourceError
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.sources.obtain import obtain
from buildscope.sources.targets import parse_target

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import Progress
    from buildscope.model.target import SourceFacts


@dataclass
class Obtaining:
    """``obtain`` with a cache that lasts, and a new work directory for each call."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)
    progress: list[Progress] = field(default_factory=list)
    redactor: Redactor = field(default_factory=Redactor)
    calls: int = 0

    @property
    def work(self) -> Path:
        """The work directory of the last call."""
        return self.root / f"work-{self.calls}"

    @property
    def cache(self) -> Path:
        """The cache of all calls."""
        return self.root / "cache"

    def __call__(self, text: str, *, python: str = "3.11.7", **settings: Any) -> SourceFacts:
        """What ``obtain`` gives for a target."""
        self.calls += 1
        chosen = Settings(**settings)
        configuration = index_configuration(chosen, self.environ, cwd=self.root, user=UserFiles())
        with closing(Spool(self.root / f"spool-{self.calls}", self.redactor)) as spool:
            return obtain(
                parse_target(text, cwd=self.root),
                chosen,
                work=self.work,
                cache=self.cache,
                environ=self.environ,
                python_version=python,
                on_progress=self.progress.append,
                stop=self.stop,
                spool=spool,
                redactor=self.redactor,
                cwd=self.root,
                configuration=configuration,
            )

    def refused(self, text: str, **settings: Any) -> SourceError:
        """The error that ``obtain`` raises for a target, checked to be one sentence."""
        with pytest.raises(SourceError) as caught:
            self(text, **settings)
        assert "\n" not in caught.value.message
        assert caught.value.hint
        return caught.value
