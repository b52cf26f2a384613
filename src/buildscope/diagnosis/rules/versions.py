"""Versions that only a repository knows, and the variable that each tool takes one from."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.asks_git import with_answer, with_default_version
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.release import read_release
from buildscope.diagnosis.remedies import advice, cause, remedy
from buildscope.diagnosis.switches import skipping
from buildscope.diagnosis.tree import exact_source
from buildscope.model.base import Record
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Evidence
    from buildscope.model.names import Confidence


class _Tool(Record, frozen=True):
    """A tool that takes versions from tags, by what it says, and its variable."""

    variable: str
    says: re.Pattern[str]
    distributions: tuple[str, ...]


_TOOLS: Final = (
    _Tool(
        variable="PBR_VERSION",
        says=re.compile(r"Versioning for this project requires either an sdist tarball|\bpbr\b"),
        distributions=("pbr",),
    ),
    _Tool(
        variable="PDM_BUILD_SCM_VERSION",
        says=re.compile(r"Cannot find the version from SCM"),
        distributions=("pdm-backend", "pdm-pep517"),
    ),
    _Tool(
        variable="UV_DYNAMIC_VERSIONING_BYPASS",
        says=re.compile(r"uv-dynamic-versioning", re.IGNORECASE),
        distributions=("uv-dynamic-versioning",),
    ),
    _Tool(
        variable="POETRY_DYNAMIC_VERSIONING_BYPASS",
        says=re.compile(r"poetry[-_]dynamic[-_]versioning", re.IGNORECASE),
        distributions=("poetry-dynamic-versioning",),
    ),
    _Tool(
        variable="SETUPTOOLS_SCM_PRETEND_VERSION",
        says=re.compile(r"setuptools[-_]scm|Error getting the version from source `vcs`"),
        distributions=("setuptools-scm", "hatch-vcs", "flit-scm", "vcs-versioning"),
    ),
)
_VCS = re.compile(
    r"setuptools[-_]scm was unable to detect version|unable to detect version for|"
    r"Versioning for this project requires either an sdist tarball|"
    r"Error getting the version from source `(?:vcs|uv-dynamic-versioning|versioningit)`|"
    r"Cannot find the version from SCM|Unable to detect version control system|"
    r"does not appear to be a (?:Git|Mercurial) project|NotVCSError|"
    r"not a git repository|"
    r"Unable to (?:determine|find) (?:the )?version.*(?:git|vcs|tag)|"
    r"Can'?t (?:determine|get) version.*git|"
    r"(?:hg|git)[ -]archival|dunamai|No (?:git )?tags? (?:found|available)|"
    r"poetry[-_]dynamic[-_]versioning|"
    r"Could not (?:determine|get|find) version.*(?:git|tag|vcs|scm)|"
    r"\['git', '(?:describe|rev-parse|rev-list|log|tag|show)'.*returned non-zero",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"(?:^|[-_])v?(\d+(?:\.\d+)[\w.+]*?)(?:\.tar\.\w+|\.zip|\.tgz)?$")


def needs_vcs(facts: FailedPhase) -> Iterator[Cause]:
    """The version comes from tags of a repository, and there is none."""
    for raised in facts.chain:
        if _VCS.search(raised.text):
            evidence = facts.at_exception(raised)
            said = raised.exception.message
            others = [*skipping(facts, raised), *_edits(facts, raised)]
            yield _cause(facts, said, evidence, raised.confidence, others)
            return
    for line in facts.output.suspects:
        if _VCS.search(line.text) and not _is_in_passing(facts, line.text):
            confidence = facts.output_confidence("likely")
            yield _cause(facts, line.text, facts.at_line(line), confidence, [])
            return


def _is_in_passing(facts: FailedPhase, text: str) -> bool:
    """Whether git was asked for something that the failure has nothing to do with."""
    if "not a git repository" not in text:
        return False
    about = any("git" in raised.text or "version" in raised.text for raised in facts.chain)
    return not about and not _installed(facts)


def _installed(facts: FailedPhase) -> list[_Tool]:
    return [tool for tool in _TOOLS if facts.installed.keys() & set(tool.distributions)]


def _cause(
    facts: FailedPhase,
    message: str,
    evidence: Evidence,
    confidence: Confidence,
    others: list[Remedy],
) -> Cause:
    return cause(
        facts,
        "needs-vcs",
        "The version of this project comes from its repository's tags, which are not here",
        evidence,
        confidence=confidence,
        remedies=[*_pretended(facts, message), *others],
    )


def _pretended(facts: FailedPhase, message: str) -> Iterator[Remedy]:
    """The version said by hand: to the tool that speaks, else to those that are installed."""
    speaking = [tool for tool in _TOOLS if tool.says.search(message)]
    version = _version(facts)
    for tool in speaking[:1] or _installed(facts):
        yield remedy(f"say that the version is {version}", env={tool.variable: version})


def _edits(facts: FailedPhase, raised: Raised) -> Iterator[Remedy]:
    """The version written where the source asks for it, for tools without a variable."""
    version, frame = _version(facts), raised.project_frame
    project = exact_source(facts, "pyproject.toml")
    told = with_default_version(project, version) if project is not None else None
    if told is not None:
        said = f"give versioningit the version {version} in pyproject.toml"
        yield Remedy(summary=said, files={"pyproject.toml": told})
    if frame is None or "'git'" not in raised.exception.message:
        return
    text = exact_source(facts, frame.file)
    answered = with_answer(text, frame.line, version) if text is not None else None
    if answered is not None:
        said = f"edit {place(frame)}: the version {version} instead of what git says"
        yield Remedy(summary=said, files={frame.file: answered})
    else:
        yield advice(f"edit {place(frame)}, which asks git: give the version there")


def _version(facts: FailedPhase) -> str:
    """As the index, the sdist's metadata, or a folder's name has it."""
    source, target = facts.attempt.source, facts.record.target
    release = read_release(facts.project) if facts.project is not None else None
    known = (source and source.version) or (release and release.version)
    if known:
        return known
    named = [source.filename, source.tree] if source is not None else []
    for name in (*named, target.path, target.url):
        found = _IN_NAME.search(PurePath(name or "").name)
        if found is not None:
            return found[1]
    return "0.0.1"


RULES = (needs_vcs,)
