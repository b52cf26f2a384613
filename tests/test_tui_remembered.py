"""Rows are made again only when what they are made of is another object."""

from __future__ import annotations

from buildscope.tui.view.remembered import remembered


def test_the_same_objects_are_answered_from_memory() -> None:
    made: list[tuple[object, ...]] = []

    @remembered
    def make(*parts: object) -> int:
        made.append(parts)
        return len(made)

    one, equal = [1], [1]
    assert (make(one, "a"), make(one, "a")) == (1, 1)
    assert make(equal, "a") == 2
    assert make(equal) == 3
    assert make(one, "a") == 4
    assert len(made) == 4


def test_an_argument_by_name_is_never_remembered() -> None:
    made: list[int] = []

    @remembered
    def make(number: int) -> int:
        made.append(number)
        return number

    assert (make(1), make(number=1), make(1)) == (1, 1, 1)
    assert len(made) == 3
