"""Settings in words, and back."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildscope.errors import UsageError
from buildscope.model.settings import Settings
from buildscope.model.target import Target
from buildscope.session.commands import command_line
from buildscope.session.words import parse_request, settings_words, words

TARGET = Target(text="flash-attn==2.5.0", kind="requirement", requirement="flash-attn==2.5.0")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("+torch", Settings(extra=("torch",))),
        ("+torch>=2 +packaging", Settings(extra=("torch>=2", "packaging"))),
        ("setuptools<82", Settings(constraints=("setuptools<82",))),
        ("isolation off", Settings(isolation=False)),
        ("python 3.9", Settings(python="3.9")),
        ("CC=clang", Settings(env={"CC": "clang"})),
        ("FLAGS='-O2 -g'", Settings(env={"FLAGS": "-O2 -g"})),
        ("-C a=b -C c=d=e", Settings(config_settings={"a": "b", "c": "d=e"})),
        ("timeout 2.5", Settings(timeout=2.5)),
        ("installer pip", Settings(installer="pip")),
        ("build metadata", Settings(build="metadata")),
        ("skip get_requires", Settings(skip=("get_requires",))),
        ("until prepare_metadata", Settings(until="prepare_metadata")),
        ("exclude-newer 2024-01-01", Settings(exclude_newer="2024-01-01")),
        ("'+x @ https://h.invalid/x.tar.gz'", Settings(extra=("x @ https://h.invalid/x.tar.gz",))),
        ("", Settings()),
    ],
)
def test_words_make_settings_and_settings_make_words(line: str, expected: Settings) -> None:
    assert parse_request(line, Settings()).settings == expected
    assert parse_request(words(Settings(), expected), Settings()).settings == expected


def test_a_word_changes_only_what_it_names() -> None:
    base = Settings(extra=("numpy",), constraints=("setuptools<80",), env={"A": "1"})

    assert parse_request("+torch", base).settings.extra == ("numpy", "torch")
    assert parse_request("+numpy<2", base).settings.extra == ("numpy<2",)
    assert parse_request("Setuptools<60", base).settings.constraints == ("Setuptools<60",)
    assert parse_request("-numpy -A -setuptools", base).settings == Settings()
    assert words(base, Settings()) == "-numpy -setuptools -A"
    assert words(base, base) == ""


def test_undoing_words() -> None:
    off = Settings(isolation=False, skip=("get_requires",), python="3.9")

    assert words(off, Settings()) == "isolation on python default run get_requires"
    assert parse_request(words(off, Settings()), off).settings == Settings()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("torch", "+torch"),
        ("isolation maybe", "on, off"),
        ("python", "needs a value"),
        ("+not!a!name", "no requirement"),
        ("timeout soon", "number of seconds"),
        ("timeout -1", "number of seconds"),
        ("-C nothing", "key=value"),
        ("skip build_wheel", "get_requires"),
        ("-torch", "not there"),
        ("A='open", "close the quotes"),
    ],
)
def test_bad_words_are_told(line: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_request(line, Settings())
    assert said in f"{raised.value.message} {raised.value.hint}"


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)


@given(
    extra=st.lists(NAMES, unique=True, max_size=3),
    constraints=st.lists(NAMES, unique=True, max_size=3),
    env=st.dictionaries(NAMES.map(str.upper), st.text(max_size=20), max_size=3),
    isolation=st.booleans(),
)
def test_any_settings_survive_their_words(
    extra: list[str], constraints: list[str], env: dict[str, str], *, isolation: bool
) -> None:
    env = {name: value for name, value in env.items() if not value.startswith("=")}
    settings = Settings(
        extra=tuple(extra),
        constraints=tuple(f"{name}<2" for name in constraints),
        env=env,
        isolation=isolation,
    )
    assert parse_request(words(Settings(), settings), Settings()).settings == settings


def test_the_command_line_twin_is_quoted_for_a_shell() -> None:
    settings = Settings(extra=("torch",), constraints=("setuptools<82",), isolation=False)

    assert command_line(TARGET, settings) == (
        "buildscope run flash-attn==2.5.0 --no-isolation -x torch -c 'setuptools<82'"
    )
    assert command_line(TARGET, Settings(), "buildscope") == "buildscope flash-attn==2.5.0"


def test_a_first_attempt_is_labelled() -> None:
    assert settings_words(Settings()) == "as published"
    assert settings_words(Settings(skip=("get_requires",))) == "skip get_requires"
