"""Options that the source reads from a file of its own, of which it ships a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase

_TEMPLATES: Final = (".template", ".example", ".sample", ".default", ".dist", ".in")
_SECTION = re.compile(r"#?\s*\[(?P<name>[\w.-]+)\]\s*$")
_OPTION = re.compile(
    r"[#;]?\s*(?P<key>(?:use_)?system_\w+|\w+_system)\s*[=:]\s*(?:False|false|no|off|0)?\s*$"
)


def system_copies(facts: FailedPhase, said: str) -> list[Remedy]:
    """Take the system's copy of a library instead of a download, by an option of such a file.

    Of the library that ``said`` names, else of all that there is an option for.
    """
    remedies = []
    for template in _templates(facts):
        options = list(_options(facts.source(template)))
        named = [one for one in options if _library(one[1]) in said.lower()] or options
        if named:
            remedies.append(_remedy(facts, template, named))
    return remedies


def _templates(facts: FailedPhase) -> list[str]:
    if facts.project is None:
        return []
    names = (path.name for path in facts.project.glob("*.cfg*"))
    return sorted(name for name in names if name.endswith(_TEMPLATES))


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Section and key of the options that choose a system's copy and are off."""
    section = ""
    for line in text.splitlines():
        header, option = _SECTION.match(line), _OPTION.match(line)
        if header is not None:
            section = header["name"]
        elif option is not None and section:
            yield section, option["key"]


def _library(key: str) -> str:
    return key.removeprefix("use_").removeprefix("system_").removesuffix("_system")


def _remedy(facts: FailedPhase, template: str, options: list[tuple[str, str]]) -> Remedy:
    file = template.rpartition(".")[0]
    text = facts.source(file)
    for section, key in options:
        text = _with_option(text, section, f"{key} = True")
    shown = " and ".join(key for _, key in options)
    said = f"use the system's copy: {template} has {shown} for that"
    return Remedy(summary=said, files={file: text})


def _with_option(text: str, section: str, line: str) -> str:
    header = f"[{section}]"
    if header not in text.splitlines():
        gap = "\n" if text.strip() else ""
        return f"{text}{gap}{header}\n{line}\n"
    return re.sub(rf"(?m)^{re.escape(header)}[ \t]*$", f"{header}\n{line}", text, count=1)
