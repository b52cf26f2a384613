"""The table of what each CPython was the last to have, from small made-up versions."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import tomli

TOOLS = Path(__file__).parents[1] / "tools"
KEPT = {
    "modules": {"submodules": "os.path", "skip": "this"},
    "names": {"noise": ["shelf\\.i"], "kept": {"3.9": "shelf.last shelf.first"}},
    "identifiers": {"bare": "cmpfunc", "noise": [".*_H"]},
    "members": {"headers": "old.h", "plain": "PyPlain", "prefixed": {"tp_": "PyTyped"}},
}


@pytest.fixture(name="removals")
def _removals(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("cpython_removals")


@pytest.fixture(name="c_interface")
def _c_interface(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("cpython_headers")


def _python(removals: Any, minor: int, names: str, include: Path) -> Any:
    listed = frozenset(names.split())
    modules = frozenset(name.rpartition(".")[0] for name in listed)
    return removals.Python(
        path=f"python3.{minor}",
        version=(3, minor, 1),
        include=include,
        modules=modules,
        names=listed,
    )


def _headers(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def test_what_comes_back_later_is_not_gone(removals: Any) -> None:
    have = {"3.8": {"a", "b", "c"}, "3.9": {"c", "d"}, "3.10": {"b"}}
    assert removals.last_with(have) == {"3.8": ["a"], "3.9": ["c", "d"]}


def test_a_name_is_asked_for_before_it_counts_as_gone(
    removals: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pythons = [
        _python(removals, 8, "shelf.a shelf.i shelf.lazy shelf.stays gone.b", tmp_path),
        _python(removals, 9, "shelf.stays", tmp_path),
        _python(removals, 10, "shelf.stays", tmp_path),
    ]
    has = {"python3.8": ["shelf.a", "shelf.i", "shelf.lazy"], "python3.9": ["shelf.lazy"]}
    questions = []

    def asked(path: str, _kept: object, names: list[str]) -> dict[str, list[str]]:
        questions.append(names)
        return {"has": has.get(path, [])}

    monkeypatch.setattr(removals, "asked", asked)
    assert removals.removed_names(pythons, KEPT) == {
        "3.8": ["shelf.a"],
        "3.9": ["shelf.first", "shelf.last", "shelf.lazy"],
    }
    assert questions == [["shelf.a", "shelf.i", "shelf.lazy"]] * 3


def test_identifiers_are_those_of_the_interface(removals: Any, tmp_path: Path) -> None:
    old = {
        "Python.h": "#ifndef Py_OLD_H\nint PyOld_Call(cmpfunc f, other o); /* PyComment_Only */\n",
        "internal/core.h": "int PyInternal_Only;",
    }
    pythons = [
        _python(removals, 8, "", _headers(tmp_path / "old", old)),
        _python(removals, 9, "", _headers(tmp_path / "new", {"Python.h": "int PyNew;"})),
    ]
    assert removals.removed_identifiers(pythons, KEPT) == {"3.8": ["PyOld_Call", "cmpfunc"]}


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_members_are_those_that_a_compiler_accepts(c_interface: Any, tmp_path: Path) -> None:
    text = """
    typedef struct { int length, macro; int bits: 3; } PyPlain;
    #define PASTED(prefix) int prefix##_made;
    typedef struct { void (*tp_call)(void); struct { int tp_inner; } in; PASTED(tp) } PyTyped;
    #define macro another; one
    """
    include = _headers(tmp_path, {"Python.h": text, "old.h": "struct x { int elsewhere; };"})
    assert c_interface.members(include, KEPT, "cc") == [
        "PyPlain.bits",
        "PyPlain.length",
        "PyTyped.tp_call",
        "PyTyped.tp_made",
    ]


def test_headers_that_are_not_there_are_an_error(c_interface: Any, tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    with pytest.raises(c_interface.RemovalsError, match=r"Python\.h"):
        c_interface.members(_headers(tmp_path, {"x.h": "int ready;"}), KEPT, "cc")


def test_the_probe_knows_this_interpreter(removals: Any) -> None:
    answer = removals.asked(sys.executable, KEPT, ["os.path", "os.getcwd", "os.getcwdu", "no.name"])
    assert answer["has"] == ["os.path", "os.getcwd"]
    assert answer["version"] == list(sys.version_info[:3])


def test_what_is_written_reads_back_sorted(removals: Any) -> None:
    parts = {"names": {"2.7": ["a.b", "c.d"], "3.6": []}, "headers": {"2.7": ["x.h"], "3.6": []}}
    text = removals.rendered(parts, ["2.7.18", "3.6.15", "3.7.16"])
    read = tomli.loads(text)
    assert "Compared: 2.7.18, 3.6.15, 3.7.16." in text.replace("\n# ", " ")
    assert {part: {v: w.split() for v, w in table.items()} for part, table in read.items()} == parts


def test_one_interpreter_is_nothing_to_compare(
    removals: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {"a": 8, "b": 8, "c": 9}

    def described(path: str, _kept: object) -> Any:
        include = tmp_path if path == "c" else _headers(tmp_path / "with", {"Python.h": ""})
        return _python(removals, known[path], "", include)

    monkeypatch.setattr(removals, "described", described)
    output = tmp_path / "made.toml"
    with pytest.raises(removals.RemovalsError, match="two interpreters"):
        removals.main(["a", "b", "c", "-o", str(output)])
    assert not output.exists()
