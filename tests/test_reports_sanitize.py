"""Output of a build is hostile: colours are kept, nothing else acts on the terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildscope.reports.sanitize import strip_escapes

ACTS = re.compile(r"[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SGR = re.compile(r"\x1b\[[0-9;:]*m")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://x.invalid\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c2VjcmV0\x07", ""),
        ("\x1b]0;never ended", ""),
        ("\x1bPpayload\x1b\\after", "after"),
        ("\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\after", "after"),
        ("\x9b31mc1\x9d0;t\x9cx", "c1x"),
        ("\x1b(0box\x1b(B", "box"),
        ("\x1bcreset", "reset"),
        ("end\x1b", "end"),
        ("cut\x1b[3", "cut"),
        ("\x1b[?25lhidden cursor", "hidden cursor"),
        ("\x1b[>4;2mmodified", "modified"),
        ("man\bn b\bbold", "man bold"),
        ("\b\bstart", "start"),
        ("10%\r20%\rdone", "done"),
        ("windows\r", "windows"),
        ("a\tb", "a       b"),
        ("\x1b[1mab\x1b[0m\tc", "\x1b[1mab\x1b[0m      c"),
        ("bell\x07 nul\x00", "bell nul"),
        ("safe\u202eterces", "safeterces"),
        ("one\x1b[K\ntwo\tx", "one\ntwo     x"),
    ],
)
def test_a_line_is_shown_as_a_terminal_would_show_it(raw: str, shown: str) -> None:
    assert strip_escapes(raw) == shown


def test_colours_go_where_they_are_not_wanted() -> None:
    assert strip_escapes("\x1b[1;31mred\x1b[0m", keep_sgr=False) == "red"


@given(st.text(alphabet=st.sampled_from("\x1b[]PX^_\\0123;?m \x07\x08\t\r\n\x9b\x9d\x9cabK\u202e")))
def test_nothing_acts_whatever_comes(raw: str) -> None:
    assert "\x1b" not in SGR.sub("", strip_escapes(raw))
    assert not ACTS.search(strip_escapes(raw))
    assert "\x1b" not in strip_escapes(raw, keep_sgr=False)


@given(st.text())
def test_doing_it_twice_changes_nothing(raw: str) -> None:
    once = strip_escapes(raw)
    assert strip_escapes(once) == once
