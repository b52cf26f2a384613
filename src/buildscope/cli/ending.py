"""The one screen that is left behind: what was built, or the cause and what to try."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from buildscope.reports.text import report
from buildscope.session.export import twin

if TYPE_CHECKING:
    from buildscope.model.recipe import Search
    from buildscope.model.run import SessionRecord


def print_ending(record: SessionRecord, *, fault: str | None, brief: bool = False) -> None:
    """Print how the last attempt ended; ``brief`` leaves out frames and output."""
    console = Console(highlight=False)
    if fault is not None:
        _print_fault(console, record, fault)
        return
    for part in report(record, twin=partial(twin, record), brief=brief):
        console.print(part, soft_wrap=True)


def print_search(record: SessionRecord, search: Search) -> None:
    """Print what a search for a cure came to: the recipe, or what is wrong."""
    from buildscope.recipes.text import search_lines

    console = Console(highlight=False)
    for line in search_lines(record, search):
        console.print(line, soft_wrap=True, markup=False)


def _print_fault(console: Console, record: SessionRecord, fault: str) -> None:
    for text in (
        Text(fault.rstrip(), style="dim"),
        Text("buildscope's own fault, not the build's.", style="bold red"),
        Text(f"The whole session is kept in {record.directory}"),
    ):
        console.print(text, soft_wrap=True)
