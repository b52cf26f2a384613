"""Checks out source trees from version control; the programs' output goes to the spool."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from buildscope.errors import BuildscopeError, Cancelled, SourceError
from buildscope.process.run import run as run_process
from buildscope.sources.urls import fragment_of, without_credentials, without_fragment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from buildscope.journal.spool import Spool
    from buildscope.process.ended import Ended
    from buildscope.process.stop import Stop

_OF_ANOTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
_FULL_HASH = re.compile(r"[0-9a-fA-F]{40}([0-9a-fA-F]{24})?")
_SAID = re.compile(r"^(?:fatal|error|ERROR|abort|svn|brz|bzr)(?::| E\d+:)\s*(.+)$", re.MULTILINE)


class Runner(Protocol):
    """Runs a program as ``buildscope.process.run.run`` does."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | str,
        env: Mapping[str, str],
        spool: Spool,
        stop: Stop,
    ) -> Ended:
        """Run ``command`` to its end."""


@dataclass(frozen=True)
class Reference:
    """A parsed ``kind+transport://host/path@ref#subdirectory=…`` (PEP 508, pip's "VCS support")."""

    kind: str
    url: str
    ref: str | None
    subdirectory: str | None

    @property
    def shown(self) -> str:
        """The URL without credentials."""
        return without_credentials(self.url)


@dataclass(frozen=True)
class Checkout:
    """How programs are run for one checkout."""

    reference: Reference
    environ: Mapping[str, str]
    spool: Spool
    stop: Stop
    runner: Runner = run_process

    def run(self, *command: str, cwd: Path) -> bool:
        """Whether the program ended with 0; raises ``SourceError`` when it is not there."""
        environ = _environ(self.environ, self.reference)
        try:
            ended = self.runner(command, cwd=cwd, env=environ, spool=self.spool, stop=self.stop)
        except BuildscopeError as error:
            if isinstance(error, Cancelled):
                raise
            raise SourceError(
                f"{self.reference.shown} needs the program {command[0]}, which is not installed",
                cause="missing-program",
                hint=f"install {command[0]}, or give it in PATH",
            ) from error
        self.stop.check()
        return ended.ok

    def said(self) -> str:
        """What the last program gave as its reason, without a final dot; may be empty."""
        try:
            with (self.spool.directory / "stderr").open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 4096))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        found = _SAID.findall(text)
        return found[0].strip().rstrip(".") if found else ""


def parse_reference(url: str) -> Reference:
    """The parts of a VCS reference; raises ``SourceError`` for one that is not safe to run."""
    kind, _, rest = without_fragment(url).partition("+")
    parts = urlsplit(rest)
    path, at, ref = parts.path.rpartition("@")
    if not at:
        path, ref = parts.path, ""
    ref = unquote(ref)
    plain = urlunsplit(parts._replace(path=path))
    shown = without_credentials(plain)
    if at and not ref:
        raise SourceError(
            f"{shown}@ names no branch, tag or commit after the @",
            cause="download",
            hint="add one, or drop the @",
        )
    if ref.startswith("-") or (parts.hostname or "").startswith("-"):
        raise SourceError(
            f"{shown} has a host or ref that begins with a hyphen, which is not safe",
            cause="download",
            hint="correct it",
        )
    return Reference(kind.lower(), plain, ref or None, fragment_of(url).get("subdirectory"))


def check_out(checkout: Checkout, tree: Path) -> str | None:
    """Check the reference out to ``tree`` (created); the revision, where it can be told.

    git gets whole history, as setuptools-scm needs it, and submodules. Raises ``SourceError``
    (``download``, ``missing-program``), ``Cancelled``.
    """
    tree.parent.mkdir(parents=True, exist_ok=True)
    if checkout.reference.kind == "git":
        return _check_out_git(checkout, tree)
    for command in _other_commands(checkout.reference, str(tree)):
        cwd = tree if tree.exists() else tree.parent
        if not checkout.run(*command, cwd=cwd):
            raise _failed(checkout, "cannot be checked out")
    return checkout.reference.ref


def _other_commands(reference: Reference, tree: str) -> list[list[str]]:
    ref, url = reference.ref, reference.url
    if reference.kind == "hg":
        update = ["hg", "update", "--noninteractive", *(["--rev", ref] if ref else [])]
        return [["hg", "clone", "--noninteractive", "--noupdate", "--", url, tree], update]
    revision = ["-r", ref] if ref else []
    if reference.kind == "svn":
        return [["svn", "checkout", "--non-interactive", *revision, "--", url, tree]]
    return [["bzr", "branch", *revision, "--", url, tree]]


def _check_out_git(checkout: Checkout, tree: Path) -> str:
    url, ref = without_credentials(checkout.reference.url), checkout.reference.ref
    partial = ["--filter=blob:none"] if not url.startswith("file:") else []
    clone = ["git", "clone", "--no-checkout", *partial, "--", url, str(tree)]
    if not checkout.run(*clone, cwd=tree.parent):
        raise _failed(checkout, "cannot be cloned")
    commit = _resolve(checkout, tree, ref) if ref else "HEAD"
    checkout_command = ("git", "checkout", "--quiet", "--detach", commit)
    if not checkout.run(*checkout_command, cwd=tree):
        raise _failed(checkout, f"cannot be checked out at {ref or 'HEAD'}")
    if (tree / ".gitmodules").exists():
        update = ("git", "submodule", "--quiet", "update", "--init", "--recursive")
        if not checkout.run(*update, cwd=tree):
            raise _failed(checkout, "has submodules that cannot be fetched")
    return (tree / ".git" / "HEAD").read_text("ascii").strip()


def _resolve(checkout: Checkout, tree: Path, ref: str) -> str:
    """A name of the commit that ``ref`` means: a branch first, a tag, a commit, a hidden ref."""
    for name in (f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", ref):
        verify = ("git", "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
        if checkout.run(*verify, cwd=tree):
            return name
    fetchable = ref.startswith("refs/") or _FULL_HASH.fullmatch(ref)
    if fetchable and checkout.run("git", "fetch", "--quiet", "origin", ref, cwd=tree):
        return "FETCH_HEAD"
    raise SourceError(
        f"{checkout.reference.shown} has no branch, tag or commit {ref!r}",
        cause="download",
        hint=f"list them with: git ls-remote {checkout.reference.shown}",
    )


def _failed(checkout: Checkout, what: str) -> SourceError:
    reason = checkout.said()
    return SourceError(
        f"{checkout.reference.shown} {what}" + (f": {reason}" if reason else ""),
        cause="download",
        hint=_hint(reason),
    )


def _hint(reason: str) -> str:
    lower = reason.lower()
    if "could not resolve" in lower or "unable to access" in lower:
        return "check the network and the host's name"
    if any(word in lower for word in ("username", "authentication", "permission denied", "403")):
        return "give access with an ssh key, a credential helper, or a token in the URL"
    return "check the URL; a private repository needs credentials"


def _environ(environ: Mapping[str, str], reference: Reference) -> dict[str, str]:
    """The caller's, without another repository's variables and without any prompt.

    Credentials of the URL go in as configuration, so that neither the list of processes
    nor the tree's own ``.git/config`` shows them.
    """
    clean = {key: value for key, value in environ.items() if key not in _OF_ANOTHER_REPOSITORY}
    clean |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "HGPLAIN": "1"}
    shown = reference.shown
    if reference.kind == "git" and shown != reference.url:
        count = clean.get("GIT_CONFIG_COUNT", "0")
        number = int(count) if count.isdigit() else 0
        clean["GIT_CONFIG_COUNT"] = str(number + 1)
        clean[f"GIT_CONFIG_KEY_{number}"] = f"url.{reference.url}.insteadOf"
        clean[f"GIT_CONFIG_VALUE_{number}"] = shown
    return clean
