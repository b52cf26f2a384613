"""Every key of the debugger, once: bindings, footer and help are made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.tui.view.state import State


@dataclass(frozen=True, slots=True)
class Key:
    """One verb. ``keys`` is what Textual binds, ``shown`` what a person reads.

    ``label`` stands in the footer, ``help`` on the help screen, ``action`` is a method of the
    main screen without its ``action_``.
    """

    id: str
    keys: str
    shown: str
    label: str
    help: str
    group: str
    action: str


CHANGE, LOOK, TEXT, MOVE, RUN, ENTER = (
    "Change and retry",
    "Look",
    "Search and copy",
    "Move",
    "Run",
    "Other programs",
)
GROUPS = (CHANGE, RUN, ENTER, LOOK, TEXT, MOVE)


_REMEDIES = tuple(
    Key(f"remedy-{digit}", str(digit), str(digit), "", "", CHANGE, f"remedy({digit})")
    for digit in range(1, 10)
)

KEYS: tuple[Key, ...] = (
    *_REMEDIES,
    Key("frame", "d", "d", "frame", "a prompt in the failing frame, or pdb", ENTER, "frame"),
    Key("retry", "r", "r", "retry…", "retry with a change, on one line", CHANGE, "retry"),
    Key("add", "a", "a", "add", "add a build requirement and retry", CHANGE, "add"),
    Key("isolation", "i", "i", "isolation off", "retry in your environment", CHANGE, "isolation"),
    Key("pin", "p", "p", "pin", "pin a build dependency (in Environment)", CHANGE, "pin"),
    Key("fix", "f", "f", "find a fix", "search for a fix and prove it", CHANGE, "fix"),
    Key("settings", "f2", "f2", "settings", "all settings in one form", CHANGE, "settings"),
    Key("step", "s", "s", "step", "run one phase, pause before the next", RUN, "step"),
    Key("continue", "c", "c", "continue", "run to the next breakpoint", RUN, "continue"),
    Key("break", "b", "b", "break", "break before, after, not at this phase", RUN, "break"),
    Key(
        "shell",
        "exclamation_mark",
        "!",
        "shell",
        "your shell, in this phase's state",
        ENTER,
        "shell",
    ),
    Key("shell-before", "B", "B", "before", "your shell, before it ran", ENTER, "shell_before"),
    Key("editor", "o", "o", "edit", "your editor, at the line", ENTER, "editor"),
    Key("pager", "v", "v", "pager", "your pager, on the output", ENTER, "pager"),
    Key("again", "ctrl+r", "ctrl+r", "run again", "a command of Did, by itself", ENTER, "again"),
    Key("stop", "x", "x", "stop", "stop what runs (press it twice)", RUN, "stop"),
    Key("interrupt", "ctrl+c", "ctrl+c", "stop", "copy the selection, else as x", RUN, "interrupt"),
    Key("quit", "q,ctrl+q", "q", "quit", "quit; asks while something runs", RUN, "quit"),
    Key("help", "question_mark", "?", "help", "these keys", RUN, "help"),
    Key("traceback", "T", "T", "traceback", "Traceback: the frames", LOOK, "tab('traceback')"),
    Key("output", "O", "O", "output", "Output: what the phase printed", LOOK, "tab('output')"),
    Key("did", "D", "D", "did", "Did: what the hook did", LOOK, "tab('did')"),
    Key(
        "environment", "E", "E", "environment", "Environment it ran in", LOOK, "tab('environment')"
    ),
    Key("source", "S", "S", "source", "Source: files, and what was edited", LOOK, "tab('source')"),
    Key("explain", "X", "X", "explain", "eXplain: what the phase does", LOOK, "tab('explain')"),
    Key("metadata", "M", "M", "metadata", "Metadata of what is built", LOOK, "tab('metadata')"),
    Key("tried", "F", "F", "tried", "Fix: the recipe, what was tried", LOOK, "tab('fix')"),
    Key(
        "evidence", "e", "e", "evidence", "the cause's line, then the next error", LOOK, "evidence"
    ),
    Key("compare", "equals_sign", "=", "compare", "how two attempts differ", LOOK, "compare"),
    Key("palette", "colon,ctrl+p", ":", "verbs", "every verb by name", LOOK, "palette"),
    Key("take-away", "w", "w", "take away", "wheel, report, patch, commands", TEXT, "take_away"),
    Key("lists", "t", "t", "phases", "the lists of phases and attempts", LOOK, "lists"),
    Key("zoom", "z", "z", "zoom", "the pane on the whole screen", LOOK, "zoom"),
    Key("open", "enter", "enter", "open", "unfold, else its source, else zoom", LOOK, "open"),
    Key("back", "escape", "esc", "back", "back; never quits", LOOK, "back"),
    Key(
        "search",
        "slash",
        "/",
        "search",
        "search in the pane (a regular expression)",
        TEXT,
        "search",
    ),
    Key("next", "n", "n", "next", "next match", TEXT, "match(1)"),
    Key("previous", "N", "N", "previous", "match before", TEXT, "match(-1)"),
    Key("copy", "y", "y", "copy", "copy the selection, row or command", TEXT, "copy"),
    Key("down", "j,down", "j ↓", "down", "down", MOVE, "move('down')"),
    Key("up", "k,up", "k ↑", "up", "up", MOVE, "move('up')"),
    Key("left", "h,left", "h", "left", "left, then to the lists", MOVE, "move('left')"),
    Key("right", "l,right", "l", "right", "to the pane, then right", MOVE, "move('right')"),
    Key("top", "g,home", "g", "top", "first line", MOVE, "move('top')"),
    Key("end", "G,end", "G", "end", "last line; Output then follows", MOVE, "move('end')"),
    Key("page-down", "pagedown,space", "space", "page", "a page down", MOVE, "move('page_down')"),
    Key("page-up", "pageup", "pgup", "page", "a page up", MOVE, "move('page_up')"),
    Key("next-pane", "tab", "tab", "pane", "next pane", MOVE, "pane(1)"),
    Key("previous-pane", "shift+tab", "shift+tab", "pane", "pane before", MOVE, "pane(-1)"),
)
BY_ID: Mapping[str, Key] = {key.id: key for key in KEYS}

NO_KEYMAP: Mapping[str, str] = MappingProxyType({})


def shown_key(key: Key, keymap: Mapping[str, str]) -> str:
    """What a person presses for it; ``keymap`` is the user's own, binding id to keys."""
    return keymap.get(key.id, key.shown)


NEVER_DROP = ("help", "quit")
MOST_VERBS = 8
REMEDIES = "remedies"
"""Stands in a ranking for the digits, however many apply."""

_AFTER_FAILURE = (REMEDIES, "fix", "frame", "add", "retry", "shell", "evidence", "search")
_WHILE_RUNNING = ("stop", "step", "break", "search", "zoom", "environment", "copy", "lists")
_AFTER_BUILD = ("take-away", "compare", "retry", "environment", "output", "copy", "search")
RANKED: Mapping[State, tuple[str, ...]] = {
    "starting": ("stop",),
    "obtaining": ("stop", "zoom"),
    "running": _WHILE_RUNNING,
    "paused": ("step", "continue", "break", "stop", "shell", "explain", "environment"),
    "searching": ("stop", "tried", "output", "search", "zoom", "copy", "lists"),
    "proven": ("take-away", "copy", "compare", "shell", "metadata", "tried"),
    "uncured": ("retry", "add", "evidence", "fix", "take-away", "shell"),
    "unfinished": ("fix", "retry", "add", "evidence", "take-away", "shell"),
    "failed": _AFTER_FAILURE,
    "unknown": (
        "fix",
        "frame",
        "evidence",
        "retry",
        "add",
        "isolation",
        "output",
        "search",
        "copy",
    ),
    "timeout": (REMEDIES, "retry", "evidence", "output", "search", "copy"),
    "built": _AFTER_BUILD,
    "built_changed": ("fix", *_AFTER_BUILD),
    "warned": (REMEDIES, "retry", "evidence", "metadata", "output", "copy"),
    "stopped": ("retry", "output", "environment", "metadata", "copy"),
    "cancelled": ("retry", "output", "search", "environment", "copy"),
    "interrupted": ("retry", "output", "search", "environment", "copy"),
    "not_obtained": (REMEDIES, "retry", "output", "copy"),
    "refused": (),
    "fault": ("copy", "output"),
}
"""What the footer offers in each state, the most useful first."""
