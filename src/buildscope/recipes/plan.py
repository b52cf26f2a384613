"""What every tool's words are made from: the target, the recipe, and what the build asked for."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildscope.model.base import Record
from buildscope.model.recipe import Recipe
from buildscope.model.target import Target

if TYPE_CHECKING:
    from buildscope.model.run import Attempt, SessionRecord

CONSTRAINTS: Final = "build-constraints.txt"
PATCH: Final = "fix.patch"


class Plan(Record, frozen=True):
    """``name`` is canonical, ``requires`` what the build needs: static, dynamic and extra ones.

    ``url`` is where the sdist lies, ``filename`` its name and ``folder`` the directory that it
    unpacks to; they are empty where the target is a directory. ``subdirectory`` is where the
    project lies in it. ``pins`` are the versions that the recipe's attempt built with.
    """

    target: Target
    recipe: Recipe
    name: str
    version: str
    requires: tuple[str, ...]
    declared: tuple[str, ...]
    url: str = ""
    filename: str = ""
    folder: str = ""
    subdirectory: str = ""
    interpreter: str = ""
    pins: tuple[str, ...] = ()
    legacy: bool = False

    @property
    def python(self) -> str:
        """How a shell calls the recipe's interpreter: ``python3.9``, or a path."""
        version = self.recipe.python
        if version is None:
            return "python3"
        minor = re.match(r"\d+(\.\d+)?", version)
        return f"python{minor[0]}" if minor is not None else shlex.quote(version)

    @property
    def requirement(self) -> str:
        """What an installer is asked for: ``name==1.0``, a directory or a URL."""
        if self.target.kind == "requirement" and self.version:
            return f"{self.name}=={self.version}"
        return self.target.path or self.target.url or self.target.text

    @property
    def from_index(self) -> bool:
        """Whether an installer would find the sdist by its name."""
        return self.target.kind == "requirement"

    @property
    def variables(self) -> str:
        """``KEY=value `` before a command; empty without any."""
        return "".join(f"{key}={shlex.quote(value)} " for key, value in self.recipe.env.items())

    @property
    def prepared(self) -> bool:
        """Whether pip has to be given a build environment that is ready."""
        return bool(self.recipe.extra) and self.recipe.isolation

    @property
    def bounds(self) -> tuple[str, ...]:
        """All bounds as constraints, those of extra requirements too."""
        extra = (Requirement(text) for text in self.recipe.extra)
        own = (f"{one.name}{one.specifier}" for one in extra if one.specifier and not one.url)
        return tuple(dict.fromkeys([*self.recipe.constraints, *own]))

    def config_options(self, option: str) -> tuple[str, ...]:
        """``-C key=value`` as words, each value by itself."""
        words: list[str] = []
        for key, setting in self.recipe.config_settings.items():
            for value in setting if isinstance(setting, list) else [setting]:
                words += [option, f"{key}={value}"]
        return tuple(words)

    def sources(self) -> tuple[str, ...]:
        """Options that say where distributions come from, for pip and uv alike."""
        words: list[str] = []
        if self.recipe.index_url is not None:
            words += ["--index-url", self.recipe.index_url]
        for url in self.recipe.extra_index_url:
            words += ["--extra-index-url", url]
        for place in self.recipe.find_links:
            words += ["--find-links", place]
        return tuple(words)


def make_plan(record: SessionRecord, recipe: Recipe) -> Plan:
    """The facts of the attempt that the recipe was found with, else of the last one."""
    attempt = recipe_attempt(record, recipe)
    source, backend = attempt.source, attempt.backend
    name = (source and source.name) or (backend and backend.name) or record.target.name or ""
    static = backend.requires if backend is not None else ()
    dynamic = attempt.phase("get_requires").requires
    return Plan(
        target=record.target,
        recipe=recipe,
        name=canonicalize_name(name),
        version=(source and source.version) or (backend and backend.version) or "",
        requires=tuple(dict.fromkeys([*static, *dynamic, *recipe.extra])),
        declared=static,
        url=(source and source.url) or "",
        filename=(source and source.filename) or "",
        folder=PurePath(source.tree).name if source is not None else "",
        subdirectory=_below(source.project, source.tree) if source is not None else "",
        interpreter=attempt.interpreter.version if attempt.interpreter is not None else "",
        pins=tuple(f"{one.name}=={one.version}" for one in attempt.installed),
        legacy=backend is not None and backend.legacy,
    )


def recipe_attempt(record: SessionRecord, recipe: Recipe) -> Attempt:
    """The attempt that proved the recipe or got furthest with it; else the last one."""
    return record.attempt(recipe.attempt) if recipe.attempt is not None else record.attempts[-1]


def heredoc(file: str, text: str) -> str:
    """Lines of a shell that write ``text`` to ``file``, as it is; it ends in a line break."""
    mark = "EOF"
    while mark in text.splitlines():
        mark += "_"
    body = text if text.endswith("\n") else f"{text}\n"
    return f"cat > {shlex.quote(file)} <<'{mark}'\n{body}{mark}"


def _below(project: str, tree: str) -> str:
    inner, outer = PurePath(project), PurePath(tree)
    below = inner.relative_to(outer).as_posix() if inner.is_relative_to(outer) else "."
    return "" if below == "." else below
