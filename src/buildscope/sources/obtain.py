"""Phase ``source``: from a target to an unpacked source tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.configuration.index import index_configuration
from buildscope.configuration.locations import scheme_of, secrets_in
from buildscope.errors import SourceError
from buildscope.model.target import SourceFacts
from buildscope.sources.cache import SdistCache, StoredSdist
from buildscope.sources.directory import copy_tree, undo
from buildscope.sources.intake import Job, copy_in, filename_for, find_cached
from buildscope.sources.project import is_project, project_in, repository_above
from buildscope.sources.ticker import Ticker
from buildscope.sources.urls import (
    fragment_of,
    hashes_of,
    host_of,
    without_credentials,
    without_fragment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.journal.redact import Redactor
    from buildscope.journal.spool import Spool
    from buildscope.model.run import Progress, TreeChanges
    from buildscope.model.settings import Settings
    from buildscope.model.target import Target
    from buildscope.process.stop import Stop

TREE = "source"
"""Folder below ``work`` that holds the tree, where it does not stay where it is."""
ORIGINAL = "original"
"""Folder below ``work`` that holds a directory or checkout as it was, for retries."""

_SDIST_NAME = re.compile(r"^(?P<name>.+)-(?P<version>\d[^-]*?)(?:\.tar\.\w+|\.tgz|\.tar|\.zip)$")
_PLACES: dict[str, Any] = {"tree": "", "project": ""}


def obtain(
    target: Target,
    settings: Settings,
    *,
    work: Path,
    cache: Path,
    environ: Mapping[str, str],
    python_version: str,
    on_progress: Callable[[Progress], None],
    stop: Stop,
    spool: Spool,
    redactor: Redactor,
    cwd: Path | None = None,
    configuration: IndexConfiguration | None = None,
    copy: bool = False,
    left: Sequence[tuple[TreeChanges, Path]] = (),
) -> SourceFacts:
    """Obtain and unpack ``target`` below ``work``; a directory stays in place unless ``copy``.

    Archives go to ``cache`` first and are taken from there again. Nothing in the facts or in
    an error has credentials in it. ``configuration`` is read from options, ``environ`` and
    the user's files where it is not given. ``left`` is what hooks did to the directory before,
    with the directory as it was then: a copy of it has none of that. Raises ``SourceError``, ``UsageError`` for a
    configuration that cannot be read, ``Cancelled``.
    """
    cwd = Path.cwd() if cwd is None else cwd
    if configuration is None:
        configuration = index_configuration(settings, environ, cwd=cwd)
    redactor.learn(configuration.secrets())
    redactor.learn(secrets_in(target.url or ""))
    source = _Source(
        target=target,
        settings=settings,
        work=work,
        cache=SdistCache(cache),
        environ=environ,
        python_version=python_version,
        on_progress=on_progress,
        stop=stop,
        spool=spool,
        cwd=cwd,
        configuration=configuration,
        left=left,
        copy=copy or settings.copy,
    )
    try:
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        return source.obtain()
    except OSError as error:
        raise SourceError(
            f"{error.filename or work} cannot be used: {error.strerror or error}",
            cause="download",
            hint="look at free space and permissions of the cache",
        ) from error
    except SourceError as error:
        message, hint = redactor.text(error.message), redactor.text(error.hint or "")
        if message == error.message:
            raise
        raise SourceError(message, cause=error.cause, hint=hint or None) from None


def unpack_again(facts: SourceFacts, *, work: Path, stop: Stop) -> SourceFacts:
    """The same source as it was at first, unpacked or copied anew below ``work``.

    Raises ``SourceError`` when the archive or the copy of the directory is gone, ``Cancelled``.
    """
    kept = Path(facts.archive or facts.tree)
    destination = work / TREE
    if not kept.exists():
        raise SourceError(
            f"{kept}, from which a retry starts, is gone",
            cause="missing-source-file",
            hint="start a new session on the target",
        )
    if kept.is_dir():
        copy_tree(kept, destination, stop=stop, whole=True)
        tree = destination
    else:
        from buildscope.sources.archive import unpack

        tree = unpack(kept, destination, stop=stop)
    project = tree / Path(facts.project).relative_to(facts.tree)
    return msgspec.structs.replace(
        facts, tree=str(tree), project=str(project), in_place=False, cached=True
    )


@dataclass(frozen=True)
class _Source:
    """One call of ``obtain``."""

    target: Target
    settings: Settings
    work: Path
    cache: SdistCache
    environ: Mapping[str, str]
    python_version: str
    on_progress: Callable[[Progress], None]
    stop: Stop
    spool: Spool
    cwd: Path
    configuration: IndexConfiguration
    left: Sequence[tuple[TreeChanges, Path]]
    copy: bool

    def obtain(self) -> SourceFacts:
        kinds = {
            "directory": self._directory,
            "archive": self._archive,
            "requirement": self._requirement,
            "vcs": self._vcs,
            "url": self._web,
        }
        if self.target.kind != "requirement" and self.target.requirement:
            self._check_marker(self.target.requirement)
        return kinds[self.target.kind]()

    def _check_marker(self, requirement: str) -> None:
        from packaging.requirements import Requirement

        from buildscope.sources.candidates import Wish, check_marker

        check_marker(Wish(Requirement(requirement), self.python_version))

    @property
    def _url(self) -> str:
        return self.target.url or ""

    def _directory(self) -> SourceFacts:
        """In place at first; the copy as it was is kept for retries in any case."""
        directory = Path(self.target.path or "")
        project = project_in(directory, fragment_of(self._url).get("subdirectory"), directory.name)
        original = self.work / ORIGINAL
        Ticker(self.on_progress, f"copying {directory.name}")()
        copy_tree(directory, original, stop=self.stop)
        for changes, before in self.left:
            undo(changes, before, original)
        facts = SourceFacts(
            origin="local directory",
            tree=str(directory),
            project=str(project),
            name=self.target.name,
            archive=str(original),
            in_place=True,
            note=repository_above(directory),
        )
        return unpack_again(facts, work=self.work, stop=self.stop) if self.copy else facts

    def _archive(self) -> SourceFacts:
        path = Path(self.target.path or "")
        report = Ticker(self.on_progress, f"reading {path.name}")
        job = Job(self.cache, path.as_uri(), path.name, hashes_of(self._url), self.stop, report)
        return self._unpacked(copy_in(job, path), SourceFacts(origin="local archive", **_PLACES))

    def _requirement(self) -> SourceFacts:
        from buildscope.sources.requirement import Resolver

        resolver = Resolver(
            configuration=self.configuration,
            cache=self.cache,
            python_version=self.python_version,
            exclude_newer=self.settings.exclude_newer,
            on_progress=self.on_progress,
            stop=self.stop,
            cwd=self.cwd,
        )
        found = resolver.find(self.target.requirement or self.target.text)
        where = "the index" if found.stored.from_index else "find-links"
        facts = SourceFacts(
            origin=f"sdist from {where}",
            name=found.stored.name,
            version=found.stored.version,
            url=found.stored.url,
            uploaded=found.stored.uploaded,
            cached=found.cached,
            note="; ".join(filter(None, [self._same_name(where), found.note])) or None,
            **_PLACES,
        )
        return self._unpacked(found.stored, facts)

    def _same_name(self, where: str) -> str | None:
        """Said where a bare name is also a project here: as in pip, it means the index."""
        from packaging.requirements import Requirement

        text = self.target.text.strip()
        if Requirement(text).name != text or not is_project(self.cwd / text):
            return None
        return f"taken from {where}; for the directory of that name write ./{text}"

    def _web(self) -> SourceFacts:
        url, hashes, name = (
            without_fragment(self._url),
            hashes_of(self._url),
            filename_for(self._url),
        )
        stored = None
        if "sha256" in hashes or self.configuration.offline:
            stored = find_cached(self.cache, hashes, url, name)
        cached = stored is not None
        if stored is None:
            stored = self._download(url, hashes, name)
        facts = SourceFacts(
            origin=f"archive from {host_of(url)}",
            url=without_credentials(self._url),
            cached=cached,
            **_PLACES,
        )
        return self._unpacked(stored, facts)

    def _download(self, url: str, hashes: dict[str, str], name: str) -> StoredSdist:
        if self.configuration.offline:
            raise SourceError(
                f"offline, and {without_credentials(url)} is not in the cache",
                cause="download",
                hint="run it once without --offline",
            )
        from buildscope.sources.client import IndexClient
        from buildscope.sources.download import download

        report = Ticker(self.on_progress, f"downloading {name}")
        urls = [known for known in self.configuration.index_urls if known]
        with IndexClient(self.configuration, urls) as client:
            job = Job(self.cache, url, name, hashes, self.stop, report)
            stored = download(job, client)
        self.cache.remember(stored)
        return stored

    def _vcs(self) -> SourceFacts:
        from buildscope.sources.vcs import Checkout, check_out, parse_reference

        reference = parse_reference(self._url)
        if self.configuration.offline and scheme_of(reference.url) != "file":
            raise SourceError(
                f"offline, and {reference.shown} is not on this machine",
                cause="download",
                hint="run it without --offline",
            )
        Ticker(self.on_progress, f"cloning {reference.shown}")()
        original = self.work / ORIGINAL
        checkout = Checkout(reference, self.environ, self.spool, self.stop)
        revision = check_out(checkout, original)
        project = project_in(original, reference.subdirectory, reference.shown)
        facts = SourceFacts(
            origin=f"{reference.kind} repository",
            tree=str(original),
            project=str(project),
            name=self.target.name,
            archive=str(original),
            url=without_credentials(self._url),
            revision=revision,
        )
        tree = unpack_again(facts, work=self.work, stop=self.stop)
        return msgspec.structs.replace(tree, cached=False)

    def _unpacked(self, stored: StoredSdist, facts: SourceFacts) -> SourceFacts:
        from buildscope.sources.archive import unpack

        archive = self.cache.path(stored)
        report = Ticker(self.on_progress, f"unpacking {stored.filename}")
        tree = unpack(archive, self.work / TREE, stop=self.stop, report=report)
        project = project_in(tree, fragment_of(self._url).get("subdirectory"), stored.filename)
        named = _SDIST_NAME.match(stored.filename)
        return msgspec.structs.replace(
            facts,
            tree=str(tree),
            project=str(project),
            archive=str(archive),
            filename=stored.filename,
            sha256=stored.sha256,
            size=stored.size,
            name=facts.name or self.target.name or (named["name"] if named else None),
            version=facts.version or (named["version"] if named else None),
        )
