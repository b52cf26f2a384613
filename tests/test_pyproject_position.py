"""Positions of keys and elements, checked against what tomli reads at them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from buildscope.phases.toml_position import (
    Position,
    at_offset,
    key_position,
    places,
    value_position,
)

TRICKY = '''\
# [build-system] in a comment
title = "[build-system] # in a string"   # and a comment
text = """
[build-system]
requires = ["no"] \\""" no """
raw = \'\'\'
requires = ['no']\'\'\'\'

  [ "build-system" ]  # the real one
  requires = [  # first
    "a",
    \'b # no comment\',  # ] no end

    "c]",
    ["d", {e = "f"}],
  ]
  build-backend="x"
"quoted \\u00e9.key".dotted.'last' = { inline = [1, 2], "other.key" = {deep = true} }
when = 1979-05-27 07:32:00  # a date with a space

[[tool.list]]
name = 1
[tool.list.sub]
x = 1
[[tool.list]]
name = 2
[[tool.list.inner]]
y = 3
'''
BARE = st.text("abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789_-", min_size=1, max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
SCALARS = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    TEXT,
    st.dates(),
)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
GAPS = st.sampled_from(["", " ", "\n", ' # note: ] } , "\n', "\n\n  "])


def rendered(value: Any, draw: st.DrawFn) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        literal = "'" not in value and draw(st.booleans())
        return f"'{value}'" if literal else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        inner = ",".join(draw(GAPS) + rendered(item, draw) + draw(GAPS) for item in value)
        return f"[{inner}{draw(GAPS)}]"
    if isinstance(value, dict):
        pairs = [f" {key_text(key, draw)} = {rendered(item, draw)}" for key, item in value.items()]
        return "{" + ",".join(pairs) + " }"
    return str(value)


def key_text(key: str, draw: st.DrawFn) -> str:
    bare = key and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in key)
    return key if bare and draw(st.booleans()) else json.dumps(key, ensure_ascii=False)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BARE | TEXT, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    tables = draw(st.dictionaries(BARE | TEXT, st.dictionaries(BARE | TEXT, VALUES, max_size=4)))
    for table, pairs in tables.items():
        lines.append(f"{draw(BLANKS)}[{draw(BLANKS)}{key_text(table, draw)}{draw(BLANKS)}]")
        for key, value in pairs.items():
            name = key_text(key, draw)
            written = f"{draw(BLANKS)}{name}{draw(BLANKS)}={draw(BLANKS)}{rendered(value, draw)}"
            lines += [draw(st.sampled_from(["", "# requires = []"])), written]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + "\n"


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(path, value)] if path else []
    items: dict[Any, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, list):
        items = dict(enumerate(value))
    for key, item in items.items():
        found += leaves(item, (*path, key))
    return found


@given(documents())
def test_every_value_of_a_document_is_found_where_it_stands(text: str) -> None:
    document = tomli.loads(text)
    found = places(text)
    expected = leaves(document)
    assert set(found) == {path for path, _ in expected}
    for path, value in expected:
        if len(path) > 1:
            offset = found[path].value
            assert parsed_at(text, offset) == value
        if isinstance(path[-1], str):
            offset = found[path].key
            assert parsed_key_at(text, offset) == path[-1]


def parsed_at(text: str, offset: int) -> Any:
    """What tomli reads from ``offset`` on: the shortest beginning that is a value, and its end."""
    for end in range(offset + 1, len(text) + 1):
        if end == len(text) or text[end] in " \t,]}#\r\n":
            try:
                return tomli.loads(f"x = {text[offset:end]}")["x"]
            except tomli.TOMLDecodeError:
                continue
    raise AssertionError(f"no value at offset {offset}")


def parsed_key_at(text: str, offset: int) -> str:
    for end in range(offset + 1, len(text) + 1):
        if text[end] in " \t=.]\r\n":
            try:
                ((key, _),) = tomli.loads(f"{text[offset:end]} = 0").items()
            except tomli.TOMLDecodeError:
                continue
            return key
    raise AssertionError(f"no key at offset {offset}")


@pytest.mark.parametrize(
    ("keys", "index", "expected"),
    [
        (["build-system"], None, Position(9, 5)),
        (["build-system", "requires"], None, Position(10, 3)),
        (["build-system", "requires"], 0, Position(11, 5)),
        (["build-system", "requires"], 1, Position(12, 5)),
        (["build-system", "requires"], 2, Position(14, 5)),
        (["build-system", "requires"], 3, Position(15, 5)),
        (["build-system", "requires"], 4, None),
        (["build-system", "build-backend"], None, Position(17, 3)),
        (["title"], None, Position(2, 1)),
        (["raw"], None, Position(6, 1)),
        (["gone"], None, None),
        (["tool", "list"], None, Position(21, 8)),
    ],
)
def test_a_tricky_document(keys: list[str], index: int | None, expected: Position | None) -> None:
    assert key_position(TRICKY, keys, index) == expected


def test_dotted_and_inline_keys() -> None:
    table = ["build-system", "quoted é.key", "dotted", "last"]
    assert key_position(TRICKY, table) == Position(18, 28)
    assert key_position(TRICKY, [*table, "inline"], 1) == Position(18, 52)
    assert value_position(TRICKY, [*table, "other.key", "deep"]) == Position(18, 78)


def test_values() -> None:
    assert value_position(TRICKY, ["build-system", "build-backend"]) == Position(17, 17)
    assert value_position(TRICKY, ["build-system", "gone"]) is None


def test_arrays_of_tables_are_counted() -> None:
    found = places(TRICKY)
    lines = {
        path: at_offset(TRICKY, place.value).line
        for path, place in found.items()
        if path[:2] == ("tool", "list")
    }
    assert lines["tool", "list", 0, "name"] == 22
    assert lines["tool", "list", 0, "sub", "x"] == 24
    assert lines["tool", "list", 1, "name"] == 26
    assert lines["tool", "list", 1, "inner", 0, "y"] == 28


def test_dotted_keys_at_the_top() -> None:
    text = "a = 1\nbuild-system.requires = ['x']\nbuild-system . build-backend = 'y'\n"
    assert key_position(text, ["build-system"]) == Position(2, 1)
    assert key_position(text, ["build-system", "requires"], 0) == Position(2, 26)
    assert value_position(text, ["build-system", "build-backend"]) == Position(3, 32)


def test_columns_count_characters() -> None:
    assert key_position('"é" = ["ü", "x"]', ["é"], 1) == Position(1, 13)


def test_a_text_that_is_no_toml_is_an_error() -> None:
    with pytest.raises(ValueError, match="no TOML at offset"):
        places("a = \n")
