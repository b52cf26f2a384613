"""Two themes, and when which one is used.

The style sheet names variables only. With 16 colours or none, the terminal's own palette is
used: an approximated red becomes magenta there, and NO_COLOR alone still sends greys.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

TRUE_COLOUR = Theme(
    name="buildscope",
    dark=True,
    primary="#4da3ff",
    secondary="#8fb8de",
    accent="#5fd7ff",
    foreground="#e4e4e4",
    background="#121316",
    surface="#1b1d22",
    panel="#23303a",
    success="#8fd14f",
    warning="#ffa43d",
    error="#ff5572",
    variables={
        "failed": "#ff5572",
        "passed": "#8fd14f",
        "warned": "#ffa43d",
        "running": "#5fd7ff",
        "carried": "#5c93b8",
        "dim": "#979ca6",
        "rule": "#3a414b",
        "accent-text": "#5fd7ff",
        "keyword": "#c792ea",
        "string": "#c3e88d",
        "number": "#f78c6c",
        "name": "#82cfff",
        "key-text": "#121316",
        "key-fill": "#d8dbe0",
        "cursor-fill": "#2c4a66",
        "selected-fill": "#2a2e35",
        "match-text": "#121316",
        "match-fill": "#ffd866",
        "block-cursor-background": "#d8dbe0",
        "block-cursor-foreground": "#121316",
    },
)

TERMINAL_COLOURS = Theme(
    name="buildscope-ansi",
    ansi=True,
    dark=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "failed": "ansi_red",
        "passed": "ansi_green",
        "warned": "ansi_yellow",
        "running": "ansi_cyan",
        "carried": "ansi_cyan",
        "dim": "ansi_default",
        "rule": "ansi_default",
        "accent-text": "ansi_cyan",
        "keyword": "ansi_magenta",
        "string": "ansi_green",
        "number": "ansi_yellow",
        "name": "ansi_cyan",
        "key-text": "ansi_default",
        "key-fill": "ansi_default",
        "cursor-fill": "ansi_default",
        "selected-fill": "ansi_default",
        "match-text": "ansi_default",
        "match-fill": "ansi_default",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_bright_blue",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue",
        "screen-selection-foreground": "ansi_black",
    },
)


_LIKE = {
    "failed": "error",
    "passed": "success",
    "warned": "warning",
    "running": "accent",
    "carried": "secondary",
    "dim": "foreground-muted",
    "rule": "surface-lighten-2",
    "accent-text": "accent",
    "keyword": "secondary",
    "string": "success",
    "number": "warning",
    "name": "accent",
    "key-text": "background",
    "key-fill": "foreground",
    "cursor-fill": "primary-muted",
    "selected-fill": "surface-lighten-1",
    "match-text": "background",
    "match-fill": "warning",
}


def variables_like(theme: Theme) -> dict[str, str]:
    """Values for the variables of the style sheet that ``theme``, not one of ours, lacks."""
    colours = theme.to_color_system().generate()
    return {ours: colours[theirs] for ours, theirs in _LIKE.items()}


def theme_for(colour_system: str | None, *, no_color: bool) -> str:
    """Name the theme for what rich calls the console's colour system."""
    if no_color or colour_system in {None, "standard", "windows"}:
        return TERMINAL_COLOURS.name
    return TRUE_COLOUR.name


def theme_names() -> list[str]:
    """Every theme that a user may choose, ours first."""
    return [TRUE_COLOUR.name, TERMINAL_COLOURS.name, *BUILTIN_THEMES]
