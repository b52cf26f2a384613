"""What a user may choose from: interpreters here, environments to adopt, versions of a package."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from buildscope.environments.adopt import adopt, declared_missing
from buildscope.environments.interpreters import known_interpreters
from buildscope.model.base import Record
from buildscope.model.run import Interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from buildscope.model.settings import Settings
    from buildscope.process.stop import Stop


class Adoptable(Record, frozen=True):
    """The environment that isolation off would take; ``missing`` is wanted and found."""

    path: str
    interpreter: Interpreter
    missing: tuple[tuple[str, str | None], ...] = ()


class Release(Record, frozen=True):
    """A version of a distribution; ``uploaded`` where the index tells it, ``why_not`` if refused."""

    version: str
    uploaded: datetime | None = None
    yanked: bool = False
    why_not: str | None = None


class Choices:
    """Looks things up, at its caller's pace; nothing is built or installed."""

    def __init__(self, *, environ: Mapping[str, str], cwd: Path, cache: Path) -> None:
        self._environ = environ
        self._cwd = cwd
        self._cache = cache

    def interpreters(self) -> tuple[Interpreter, ...]:
        """The Pythons on this machine, newest first."""
        return known_interpreters(cache=self._cache, environ=self._environ)

    def adoptable(self, settings: Settings, requires: Sequence[str]) -> Adoptable:
        """The environment that isolation off takes, and what of ``requires`` it lacks.

        Raises ``UsageError`` when there is none.
        """
        found = adopt(settings, environ=self._environ, cwd=self._cwd, cache=self._cache)
        missing = declared_missing(found, requires)
        return Adoptable(path=found.path, interpreter=found.interpreter, missing=missing)

    def releases(
        self, name: str, settings: Settings, python_version: str, stop: Stop
    ) -> tuple[Release, ...]:
        """Versions of the distribution ``name``, newest first, wheels and sdists.

        ``python_version`` is that of the environment. Raises ``SourceError`` when no index
        answers or knows it, ``Cancelled`` when ``stop`` was requested.
        """
        from buildscope.configuration.index import index_configuration
        from buildscope.session.releases import releases

        configuration = index_configuration(settings, self._environ, cwd=self._cwd)
        cutoff = settings.exclude_newer
        return releases(name, configuration, python_version, stop, exclude_newer=cutoff)
