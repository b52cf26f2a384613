"""Files that an sdist forgot, from the index or the repository that its metadata names.

What the tree itself says of them is ``buildscope.diagnosis.forgotten``'s.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from packaging.utils import canonicalize_name

from buildscope.configuration.index import index_configuration
from buildscope.diagnosis.forgotten import is_requirements, missing_path, rebuild
from buildscope.diagnosis.rebuilt import Rebuilt
from buildscope.diagnosis.release import parse_release, read_release
from buildscope.errors import BuildscopeError, Cancelled
from buildscope.process.stop import Stop
from buildscope.repair.published import Published
from buildscope.repair.repository import repositories, text_at
from buildscope.sources.client import IndexClient
from buildscope.sources.index import index_locations, list_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.failure import Cause, Remedy
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings
    from buildscope.session.session import Session

_MOST: Final = 2
_VERSIONED: Final = ("version", "__init__", "__about__", "about")
_known: WeakKeyDictionary[Session, dict[str, tuple[Remedy, ...]]] = WeakKeyDictionary()
_knowing = threading.Lock()


def remedies(
    session: Session, attempt: Attempt, cause: Cause, stop: Stop | None = None
) -> tuple[Remedy, ...]:
    """Changes that bring back the file that ``cause`` (``missing-source-file``) is about.

    The best first; empty where the tree itself tells all of it, where nothing is found, or when
    ``stop`` was requested. Looks at the index and the repository once for each file of a session.
    """
    path = missing_path(cause.summary)
    if path is None or ".." in PurePosixPath(path).parts or _told(cause):
        return ()
    with _knowing:
        known = _known.setdefault(session, {})
    if path not in known:
        try:
            known[path] = _look(session, attempt, path, stop or Stop())
        except Cancelled:
            return ()
    return known[path]


def _told(cause: Cause) -> bool:
    """Whether the cause's own remedies lose nothing."""
    return any(remedy.files and not remedy.loses for remedy in cause.remedies)


def _look(session: Session, attempt: Attempt, path: str, stop: Stop) -> tuple[Remedy, ...]:
    wanted = _Wanted.of(session, attempt, path, stop)
    if wanted is None:
        return ()
    with ExitStack() as stack:
        found = islice(wanted.found(stack), _MOST)
        return tuple(rebuilt.remedy(path) for rebuilt in found)


@dataclass(frozen=True)
class _Wanted:
    """The file ``path`` of one release, and how to reach what may have it."""

    path: str
    name: str
    version: str
    filename: str
    project: Path
    settings: Settings
    session: Session
    stop: Stop

    @classmethod
    def of(cls, session: Session, attempt: Attempt, path: str, stop: Stop) -> _Wanted | None:
        source = attempt.source
        if source is None:
            return None
        project = Path(source.project)
        release = read_release(project)
        name = source.name or (release and release.name)
        version = source.version or (release and release.version)
        if not name or not version:
            return None
        return cls(
            path=path,
            name=name,
            version=version,
            filename=source.filename or "",
            project=project,
            settings=attempt.settings,
            session=session,
            stop=stop,
        )

    def found(self, stack: ExitStack) -> Iterator[Rebuilt]:
        """Texts of the file, the nearest to the release itself first."""
        published = self._published(stack)
        if published is not None:
            yield from self._of_the_release(published)
        yield from self._of_the_repository()
        if published is not None and self._may_be_near:
            yield from self._of_a_neighbour(published)

    def _published(self, stack: ExitStack) -> Published | None:
        environ, cwd = self.session.environ, self.session.cwd
        try:
            configuration = index_configuration(self.settings, environ, cwd=cwd)
            client = stack.enter_context(IndexClient(configuration, index_locations(configuration)))
            name = canonicalize_name(self.name)
            listing = list_project(name, configuration, client, self.stop, pauses=())
        except Cancelled:
            raise
        except BuildscopeError:
            return None
        return Published(listing.candidates, client, self.stop)

    def _of_the_release(self, published: Published) -> Iterator[Rebuilt]:
        archives = list(published.of(self.version, but=self.filename))
        for archive in archives:
            text = archive.text(self.path)
            if text is not None:
                beside = archive.folder(self._folder) if self._folder else {}
                beside.pop(self.path, None)
                yield Rebuilt(text=text, origin=archive.shown, what=self.path, beside=beside)
                return
        for archive in archives:
            yield from self._rebuilt(archive.metadata(), archive.shown)

    def _of_the_repository(self) -> Iterator[Rebuilt]:
        release = read_release(self.project)
        if release is None or self.settings.offline:
            return
        for url in islice(repositories(release.urls), _MOST):
            environ = self.session.environ
            found = text_at(url, self.version, self.path, environ=environ, stop=self.stop)
            if found is not None:
                tag, text = found
                yield Rebuilt(text=text, origin=f"{url} at {tag}", what=self.path)
                return

    def _of_a_neighbour(self, published: Published) -> Iterator[Rebuilt]:
        archives = list(published.near(self.version))
        for archive in archives:
            text = archive.text(self.path)
            if text is not None:
                yield self._lent(Rebuilt(text=text, origin=archive.shown, what=self.path))
                return
        for archive in archives:
            for rebuilt in self._rebuilt(archive.metadata(), archive.shown):
                yield self._lent(rebuilt)
                return

    def _rebuilt(self, metadata: str | None, shown: str) -> Iterator[Rebuilt]:
        if metadata is None:
            return
        rebuilt = rebuild(self.path, parse_release(metadata, shown), self._read)
        if rebuilt is not None and rebuilt.origin:
            yield rebuilt

    def _lent(self, rebuilt: Rebuilt) -> Rebuilt:
        what = f"its own {self.path} (that of {rebuilt.origin} takes its place)"
        return Rebuilt(text=rebuilt.text, origin=rebuilt.origin, what=what, lent=True)

    @property
    def _may_be_near(self) -> bool:
        """Whether another release's text may do: no version, no module of a package."""
        pure = PurePosixPath(self.path)
        if is_requirements(self.path):
            return True
        return len(pure.parts) == 1 and not any(one in pure.stem.lower() for one in _VERSIONED)

    @property
    def _folder(self) -> str:
        """The folder of the file, where the tree has none of it."""
        parent = PurePosixPath(self.path).parent
        return "" if str(parent) == "." or (self.project / parent).exists() else parent.as_posix()

    def _read(self, name: str) -> str:
        with suppress(OSError, UnicodeDecodeError):
            return (self.project / name).read_text("utf-8")
        return ""
