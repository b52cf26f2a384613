"""Files that an sdist forgot, made again from what the release says of itself.

A build that reads ``requirements.txt``, ``README.md`` or ``VERSION`` needs its text only to
fill in metadata, and the metadata was written when the sdist was made: it is all there.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from buildscope.diagnosis.forgotten_modules import rebuild_module
from buildscope.diagnosis.rebuilt import Rebuilt
from buildscope.diagnosis.release import Release, read_release
from buildscope.diagnosis.remedies import advice
from buildscope.diagnosis.tree import find_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Remedy

_NEEDS: Final = "which is not in this source tree"
_OWN: Final = "a file of the project's own that is not in this source tree"
_MISSING_FILE = re.compile(rf" needs (?P<path>.+), {_NEEDS}")
_MISSING_MODULE = re.compile(rf" imports (?P<module>[\w.]+), {_OWN}")

_REQUIREMENTS = re.compile(
    r"(?:^|[-_./])(?:requirements?|requires?|reqs?|dependencies|deps)(?=[-_./]|$)", re.IGNORECASE
)
_LISTS: Final = frozenset({".txt", ".in", ".pip", ""})
_ALWAYS: Final = frozenset(
    {"", "base", "main", "common", "prod", "production", "install", "core", "runtime", "default"}
    | {"pip", "package", "min", "minimal", "minimum", "py3", "python3", "python", "general", "all"}
)
_SAME: Final = {"tests": "test", "testing": "test", "docs": "doc", "develop": "dev"}
_VERSION = re.compile(r"[._]?(?:version|release[-_]version)(?:\.txt|\.in)?", re.IGNORECASE)
_ABOUT = re.compile(r"(?:readme|description|long[-_]?desc\w*|about|index|intro\w*)", re.IGNORECASE)
_LICENSE = re.compile(r"(?:licen[cs]e|copying)", re.IGNORECASE)
_PROSE = re.compile(
    r"(?:changes?|changelog|history|news|authors?|contribut\w*|credits|todo|install|thanks|"
    r"release[-_]?notes|roadmap|acknowledg\w*|notice|faq|usage)\b",
    re.IGNORECASE,
)
_TEXTS: Final = frozenset({".txt", ".md", ".rst", ".markdown", ".rest", ".adoc", ".textile", ""})
_BY_WORDS = re.compile(r"\.split\(\s*\)")


def needs(where: str, path: str) -> str:
    """The summary of a cause: ``where`` reads ``path``, and it is not there."""
    return f"{where} needs {path}, {_NEEDS}"


def imports(subject: str, module: str) -> str:
    """The summary of a cause: a module of the project's own is not there."""
    return f"{subject} imports {module}, {_OWN}"


def missing_path(summary: str) -> str | None:
    """The file that such a summary is about, ``/`` between its parts; ``None`` for another."""
    found = _MISSING_FILE.search(summary)
    if found is not None:
        return found["path"]
    module = _MISSING_MODULE.search(summary)
    return None if module is None else f"{module['module'].replace('.', '/')}.py"


def remedies(facts: FailedPhase, path: str, source: str = "") -> list[Remedy]:
    """How to get the file ``path`` back; ``source`` is the line that reads it, where known."""
    look = advice(f"take {path} from the project's repository, or build from there")
    if facts.project is None or ".." in PurePosixPath(path).parts:
        return [look]
    release = read_release(facts.project) or _unstated(facts)
    found = rebuild(path, release, facts.source, source)
    found = found or rebuild_module(path, facts.project, release.version)
    if found is None or (found.lost and not found.origin):
        found = _namesake(facts, path) or found
    return [look] if found is None else [found.remedy(path), look]


def _namesake(facts: FailedPhase, path: str) -> Rebuilt | None:
    """A file of that name that lies elsewhere in the tree."""
    other = find_file(facts, path)
    text = facts.source(other) if other is not None else ""
    if not text or "\0" in text or "\N{REPLACEMENT CHARACTER}" in text:
        return None
    return Rebuilt(text=text, origin=other or "", what=path)


def rebuild(
    path: str, release: Release, read: Callable[[str], str], source: str = ""
) -> Rebuilt | None:
    """The text of ``path`` from what ``release`` says of itself; ``None`` for other kinds of file.

    ``read`` gives files that are there, or an empty text; ``source`` is the line that reads it.
    """
    pure = PurePosixPath(path)
    if is_requirements(path):
        return _requirements(path, release, source)
    if _VERSION.fullmatch(pure.name):
        return _version_file(release, source)
    if pure.name == "package.json":
        return _package_json(release)
    if pure.suffix.lower() in _TEXTS:
        return _text(pure, release, read)
    return None


def is_requirements(path: str) -> bool:
    """Whether a file is a list of requirements, by its name."""
    pure = PurePosixPath(path)
    return (
        pure.suffix.lower() in _LISTS
        and _REQUIREMENTS.search(str(pure.with_suffix(""))) is not None
    )


def _requirements(path: str, release: Release, source: str) -> Rebuilt:
    what = "its list of requirements"
    group = _group(path)
    if group not in _ALWAYS:
        extra = next((e for e in release.extras if _SAME.get(e, e) == group), None)
        if extra is None:
            # Lists for developers are no part of what a wheel says.
            return Rebuilt(text="", origin="", what=f"the requirements of {path}", lost=False)
        wanted = release.wanted(extra)
    elif release.requires is None:
        return Rebuilt(text="", origin="", what=what)
    else:
        wanted = release.wanted()
    lines = [_compact(text) for text in wanted] if _BY_WORDS.search(source) else list(wanted)
    return Rebuilt(text="".join(f"{line}\n" for line in lines), origin=release.listed, what=what)


def _group(path: str) -> str:
    """``requirements/dev.in`` and ``dev-requirements.txt`` as ``dev``."""
    stem = str(PurePosixPath(path).with_suffix("")).lower()
    words = [word for word in re.split(r"[-_./]", _REQUIREMENTS.sub("", stem)) if word]
    word = words[-1] if words else ""
    return _SAME.get(word, word)


def _compact(requirement: str) -> str:
    """As one word, for a ``setup.py`` that splits at white space."""
    parsed = Requirement(requirement)
    marker = f";{parsed.marker}" if parsed.marker else ""
    parsed.marker = None
    loose = marker.replace(" and ", "\0and\0").replace(" or ", "\0or\0").replace(" in ", "\0in\0")
    return str(parsed).replace(" ", "") + loose.replace(" ", "").replace("\0", " ")


def _version_file(release: Release, source: str) -> Rebuilt | None:
    if not release.version:
        return None
    whole = ".read()" in source and "strip" not in source and "split" not in source
    end = "" if whole else "\n"
    return Rebuilt(text=f"{release.version}{end}", origin=release.where, what="its version")


def _package_json(release: Release) -> Rebuilt | None:
    if not release.version:
        return None
    said = {
        "name": release.name,
        "version": release.version,
        "description": release.summary,
        "author": release.author,
        "license": release.license.partition("\n")[0],
    }
    text = json.dumps(said, indent=2, ensure_ascii=False)
    return Rebuilt(text=f"{text}\n", origin=release.where, what="the rest of package.json")


def _text(path: PurePosixPath, release: Release, read: Callable[[str], str]) -> Rebuilt | None:
    name = path.name
    if _LICENSE.match(name):
        return _prose(release.license, release, f"the text of {name}")
    about = _ABOUT.match(name) is not None
    if not about and not _PROSE.match(name):
        return (
            None if path.suffix == "" else Rebuilt(text="", origin="", what=f"the text of {name}")
        )
    rest = release.description if about else _behind(release.description, read)
    return _prose(rest, release, "its long description" if about else f"the text of {name}")


def _prose(text: str, release: Release, what: str) -> Rebuilt:
    if not text.strip():
        return Rebuilt(text="", origin="", what=what)
    return Rebuilt(text=f"{text.rstrip()}\n", origin=release.where, what=what)


def _behind(description: str, read: Callable[[str], str]) -> str:
    """What a long description has after the text of the README that is there."""
    for name in ("README.rst", "README.md", "README.txt", "README"):
        first = read(name).replace("\r\n", "\n").strip()
        if first and description.strip().startswith(first):
            return description.strip()[len(first) :].strip("\n")
    return ""


def _unstated(facts: FailedPhase) -> Release:
    """An sdist without metadata: what its file name says."""
    source = facts.attempt.source
    name = (source and source.name) or ""
    version = (source and source.version) or ""
    return Release(where="the name of the sdist", name=name, version=version)
