"""What an attempt was built in: interpreter, isolation, requirements, distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.tui.view.rows import Row, row
from buildscope.tui.view.units import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings

_LABEL = 14
_NAME = 30


def environment_rows(attempt: Attempt | None) -> tuple[Row, ...]:
    """Everything that is known of the environment so far."""
    if attempt is None:
        return (row(("Nothing has run yet.", "dim")),)
    return (
        *_facts(attempt),
        *_missing(attempt),
        row(),
        *_requirements(attempt),
        *_installed(attempt),
    )


def _facts(attempt: Attempt) -> Iterator[Row]:
    interpreter, environment = attempt.interpreter, attempt.environment
    if interpreter is None:
        yield _fact("Interpreter", "not chosen yet")
    else:
        yield _fact(
            "Interpreter", f"{interpreter.implementation} {interpreter.version}", interpreter.path
        )
    yield _fact("Isolation", *_isolation(attempt))
    if environment is not None and environment.layer:
        yield _fact("", "extras in front of it", environment.layer)
    if environment is not None and environment.note:
        yield row((" " * _LABEL, ""), (environment.note, "warned"))
    backend = attempt.backend
    if backend is not None:
        yield _fact("Backend", backend.backend, backend.reason)
        if backend.backend_path:
            yield _fact("", "in-tree, from " + ", ".join(backend.backend_path))
    yield _fact("Installer", attempt.settings.installer)
    yield from _settings(attempt.settings)


def _isolation(attempt: Attempt) -> tuple[str, str]:
    path = attempt.environment.path if attempt.environment else ""
    if attempt.settings.isolation:
        return ("on: an environment of its own", path)
    return ("off: your own environment", path)


def _settings(settings: Settings) -> Iterator[Row]:
    for label, values in (
        ("Constraints", settings.constraints),
        ("Variables", tuple(f"{key}={value}" for key, value in settings.env.items())),
        ("Config", tuple(f"{key}={value}" for key, value in settings.config_settings.items())),
        ("Newer than", (settings.exclude_newer,) if settings.exclude_newer else ()),
        ("Index", (settings.index_url,) if settings.index_url else ()),
        ("More indexes", settings.extra_index_url),
        ("Find links", settings.find_links),
        ("Skipped", settings.skip),
    ):
        for at, value in enumerate(values):
            yield _fact("" if at else label, value, "left out" if label == "Newer than" else "")


def _missing(attempt: Attempt) -> Iterator[Row]:
    missing = attempt.environment.missing if attempt.environment else ()
    if not missing:
        return
    yield row()
    yield row((f"Missing  {plural(len(missing), 'declared requirement')}", "warned strong"))
    for wanted, found in missing:
        yield row(
            ("! ", "warned"),
            (f"{wanted:<{_NAME}} ", "strong"),
            (f"found {found}" if found else "not installed", "warned"),
        )


def _requirements(attempt: Attempt) -> Iterator[Row]:
    versions: dict[str, str] = {
        canonicalize_name(one.name): one.version for one in attempt.installed
    }
    backend = attempt.backend
    declared = backend.requires if backend else ()
    default = backend is not None and backend.legacy
    origin = "PEP 517's default, nothing is declared" if default else "in pyproject.toml"
    yield from _section("Declared", origin, declared, versions)
    asked = attempt.phase("get_requires")
    if asked.status in {"passed", "carried"}:
        yield from _section("Dynamic", "from get_requires", asked.requires, versions)
    elif asked.status == "skipped":
        yield from _heading("Dynamic", "get_requires was skipped: nobody asked the backend")
        yield row()
    if attempt.settings.extra:
        yield from _section("Extra", "added by you", attempt.settings.extra, versions)


def _section(
    name: str, origin: str, requirements: Iterable[str], versions: Mapping[str, str]
) -> Iterator[Row]:
    listed = tuple(requirements)
    yield from _heading(name, origin if listed else f"{origin}: none")
    for requirement in listed:
        version = versions.get(_name(requirement))
        found = (version, "passed") if version else ("not installed", "dim")
        yield row("  ", (f"{requirement:<{_NAME}} ", ""), found)
    yield row()


def _installed(attempt: Attempt) -> Iterator[Row]:
    installed = attempt.installed
    if not installed:
        yield row(("Installed", "strong"), ("  nothing yet", "dim"))
        return
    yield from _heading("Installed", plural(len(installed), "distribution"))
    asked = {_name(one): word for word, one in _asked(attempt)}
    for one in sorted(installed, key=lambda one: canonicalize_name(one.name)):
        why = asked.get(canonicalize_name(one.name), "")
        yield row(
            "  ",
            f"{one.name:<{_NAME}} ",
            (f"{one.version:<16} ", "strong"),
            (why, "dim"),
            key=f"pin:{one.name}",
        )


def _asked(attempt: Attempt) -> Iterator[tuple[str, str]]:
    yield from (("extra", one) for one in attempt.settings.extra)
    yield from (("dynamic", one) for one in attempt.phase("get_requires").requires)
    yield from (("declared", one) for one in (attempt.backend.requires if attempt.backend else ()))


def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement


def _heading(name: str, told: str) -> Iterator[Row]:
    yield row((name, "strong"), (f"  {told}", "dim"))


def _fact(label: str, value: str, more: str = "") -> Row:
    return row((f"{label:<{_LABEL}}", "dim"), value, ("   " + more if more else "", "dim"))
