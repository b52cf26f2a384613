"""Single files out of the repository that a project's metadata names, at the version's tag."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

from buildscope.errors import BuildscopeError
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.process.run import run as run_process
from buildscope.sources.vcs import Checkout, parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.process.stop import Stop

SECONDS: Final = 30.0
"""The longest that one program of git's may take."""
_HOSTED = re.compile(
    r"https?://(?:www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)"
    r"/([\w.-]+)/([\w.-]+?)(?:\.git)?(?=[/#?]|$)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?:git\+)?(https://[\w.-]+(?::\d+)?/[\w./~-]+\.git)/?$")
_NO_OWNERS: Final = frozenset({"sponsors", "orgs", "apps", "marketplace", "features"})
_TAG = re.compile(r"refs/tags/(?P<tag>[^\s^]+)(?:\^\{\})?$", re.MULTILINE)
_NUMBERED = re.compile(r"(?:^|[-_/v.])v?(?P<version>\d[\w.+!-]*)$", re.IGNORECASE)
_LARGEST: Final = 1_000_000


def repositories(urls: Iterable[str]) -> Iterator[str]:
    """The git repositories among the addresses of a project's metadata, each once."""
    seen = set()
    for url in urls:
        hosted, plain = _HOSTED.match(url), _PLAIN.match(url)
        if plain is not None:
            found = plain[1]
        elif hosted is not None and hosted[2].lower() not in _NO_OWNERS:
            found = f"https://{hosted[1].lower()}/{hosted[2]}/{hosted[3]}"
        else:
            continue
        if found not in seen:
            seen.add(found)
            yield found


def text_at(
    url: str, version: str, path: str, *, environ: Mapping[str, str], stop: Stop
) -> tuple[str, str] | None:
    """The tag and the text of ``path`` in the repository ``url`` at the tag of ``version``.

    ``None`` where there is no such tag or file, no git, or no way to the host. Raises
    ``Cancelled`` when ``stop`` was requested.
    """
    with tempfile.TemporaryDirectory(prefix="buildscope-git-") as directory:
        spool = Spool(Path(directory, "output"), Redactor(environ))
        checkout = Checkout(
            reference=parse_reference(f"git+{url}"),
            environ=environ,
            spool=spool,
            stop=stop,
            runner=partial(run_process, timeout=SECONDS),
        )
        try:
            return _text_at(checkout, Path(directory), version, path)
        finally:
            spool.close()


def _text_at(
    checkout: Checkout, directory: Path, version: str, path: str
) -> tuple[str, str] | None:
    url, tree = checkout.reference.shown, directory / "tree"
    listed = _run(checkout, directory, "git", "ls-remote", "--tags", "--", url)
    tag = _tag(_said(directory), version) if listed else None
    if tag is None:
        return None
    clone = ("git", "clone", "--quiet", "--depth=1", "--filter=blob:none", "--no-checkout")
    if not _run(checkout, directory, *clone, "--branch", tag, "--", url, str(tree)):
        return None
    if not _run(checkout, tree, "git", "checkout", "--quiet", "HEAD", "--", path):
        return None
    file = tree / path
    if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
        return None
    try:
        return tag, file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def _run(checkout: Checkout, directory: Path, *command: str) -> bool:
    try:
        return checkout.run(*command, cwd=directory)
    except BuildscopeError as error:
        checkout.stop.check()
        del error
        return False


def _said(directory: Path) -> str:
    return (directory / "output" / "stdout").read_text("utf-8", errors="replace")


def _tag(listed: str, version: str) -> str | None:
    """The tag of a version: ``1.2``, ``v1.2``, ``name-1.2``, ``release/1.2``."""
    tags = dict.fromkeys(found["tag"] for found in _TAG.finditer(listed))
    if version in tags:
        return version
    for tag in tags:
        numbered = _NUMBERED.search(tag)
        if numbered is not None and not tag.startswith("-") and _same(numbered["version"], version):
            return tag
    return None


def _same(left: str, right: str) -> bool:
    try:
        return Version(left.replace("_", ".")) == Version(right)
    except InvalidVersion:
        return left == right
