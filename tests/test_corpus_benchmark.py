"""The benchmark over real sdists, with a program that is not run."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.corpus import Bench
from benchmarks.fixing.judging import Result, judge
from benchmarks.fixing.repeating import repeat
from benchmarks.fixing.rows import Case, read_cases
from benchmarks.fixing.running import Ran, command
from benchmarks.fixing.totals import rows_table, totals_table
from rich.console import Console

from tests.helpers.local_index import tar_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

HEAD = (
    "name version sdist_filename sdist_sha256 size_bytes failing_phase category error_line "
    "uv_hint pip_hint fix_kind fix_spec verified seconds"
)
BACKEND = """
import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    if os.environ.get("ALLOWED") != "yes":
        raise SystemExit("not allowed")
    text = open("VERSION").read().strip()
    name = "x-{}-py3-none-any.whl".format(text)
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("x-1.dist-info/METADATA", "Name: x\\nVersion: {}\\n".format(text or "0"))
    return name
"""
PATCH = "--- a/VERSION\n+++ b/VERSION\n@@ -0,0 +1 @@\n+1\n"


def row(name: str, category: str, kind: str, spec: str = "", verified: str = "yes") -> str:
    hint = "yes: add it" if category == "undeclared-build-dep" else "no"
    return "\t".join(
        (
            name,
            "1.0",
            f"{name}-1.0.tar.gz",
            "00",
            "9",
            "-",
            category,
            "-",
            hint,
            "no",
            kind,
            spec,
            verified,
            "1.5",
        )
    )


def table_of(directory: Path, *rows: str) -> Path:
    file = directory / "table.tsv"
    file.write_text("\n".join(("\t".join(HEAD.split()), *rows)) + "\n")
    return file


def case(category: str = "control", kind: str = "none needed", spec: str = "", **more: Any) -> Case:
    fields = {
        "name": "x",
        "version": "1.0",
        "sha256": "00",
        "category": category,
        "kinds": frozenset(kind.split("+")),
        "spec": json.loads(spec or "{}"),
        "verified": True,
        "uv_hint": False,
        "pip_hint": False,
    }
    return Case(**{**fields, **more})


def document(
    *causes: str,
    proven: bool | None = None,
    outcome: str = "built",
    apt: str = "",
    **recipe: Any,
) -> dict[str, Any]:
    needs = [{"kind": "header", "name": "x.h", "apt": apt or None}]
    remedies = [{"summary": "install it", "system": needs}]
    made = {"proven": proven, "summary": "x<1", "system": [], "isolation": True, **recipe}
    return {
        "outcome": outcome,
        "causes": [{"id": one, "remedies": remedies} for one in causes],
        "recipe": None if proven is None else made,
        "search": {"ended": "proven" if proven else "none", "told": "so it is"},
        "attempts": [{"id": 1}],
    }


def judged(of: Case, found: dict[str, Any] | None, seconds: float = 3.0) -> Result:
    return judge(of, Ran(found, seconds, 0))


def test_rows_are_read_with_what_counts_for_each(tmp_path: Path) -> None:
    cases = read_cases(
        table_of(
            tmp_path,
            row("plain", "control", "none needed"),
            row("old", "setuptools-too-new", "constraint", '{"constraint": ["setuptools<58"]}'),
            row("two", "undeclared-build-dep", "extra", '{"extra": ["Cython", "numpy"]}'),
            row("lib", "missing-system-lib", "python+apt", '{"apt": "libx-dev", "python": "3.9"}'),
            row("never", "python2-only", "none", '{"note": "Python 2"}', verified="no"),
        )
    )
    assert [one.control for one in cases] == [True, False, False, False, False]
    assert [one.curable for one in cases] == [False, True, True, False, False]
    assert [one.one_fault for one in cases] == [False, True, False, False, False]
    assert [one.uv_hint for one in cases] == [False, False, True, False, False]
    assert cases[3].system_packages == {"libx-dev"}


def test_some_rows_by_name_and_a_name_that_is_not_there(tmp_path: Path) -> None:
    file = table_of(tmp_path, row("one", "control", "none"), row("two", "control", "none"))
    assert [one.name for one in read_cases(file, frozenset({"two"}))] == ["two"]
    with pytest.raises(SystemExit, match="has no three"):
        read_cases(file, frozenset({"three"}))


@pytest.mark.parametrize(
    ("category", "cause", "right"),
    [
        ("setuptools-too-new", "incompatible-build-requirement", True),
        ("setuptools-too-new", "undeclared-build-requirement", False),
        ("python2-only", "removed-python-feature", True),
        ("missing-program", "missing-toolchain", True),
        ("dummy-package", "network-in-build", False),
        ("anything-else", "hook-died", True),
        ("anything-else", "unknown", False),
    ],
)
def test_a_cause_fits_a_category_or_not(category: str, cause: str, right: bool) -> None:
    assert case(category).right(cause) is right


def test_a_command_has_what_the_row_needs() -> None:
    spec = '{"extra": ["torch==2.13.0", "ninja"], "verified_to": "metadata"}'
    words = command(case(spec=spec), 60.0, {"PIP_FIND_LINKS": "/wheels"})
    assert words[3:] == [
        *("fix", "x==1.0", "--json", "--budget", "60", "--build", "metadata"),
        *("-c", "torch==2.13.0", "--find-links", "/wheels"),
    ]
    assert "--find-links" not in command(case(), 60.0, {"PIP_FIND_LINKS": "/wheels"})


def test_a_proven_recipe_with_the_right_cause() -> None:
    of = case("setuptools-too-new", "constraint", '{"constraint": ["setuptools<58"]}')
    found = judged(of, document("unknown", "incompatible-build-requirement", proven=True))
    assert (found.fixed, found.cause, found.first, found.missed) == (True, True, False, False)


def test_a_recipe_that_is_not_proven_is_a_miss() -> None:
    of = case("setuptools-too-new", "constraint")
    found = judged(of, document("incompatible-build-requirement", proven=False))
    assert (found.fixed, found.missed) == (False, True)


def test_a_control_must_stay_as_it_is() -> None:
    assert judged(case(), document()).unchanged is True
    assert judged(case(), document(proven=True)).missed
    assert judged(case(), document(outcome="failed")).unchanged is False
    assert judged(case(), document()).cause is None


def test_a_package_of_the_system_must_be_named() -> None:
    of = case("missing-system-lib", "apt", '{"apt": "libx-dev"}')
    assert judged(of, document("missing-header", apt="libx-dev")).named is True
    assert judged(of, document("missing-header", apt="liby-dev")).missed


def test_a_run_without_a_document_has_nothing_right() -> None:
    found = judge(case("dummy-package", "env"), Ran(None, 1.0, 70, "broke"))
    assert (found.fixed, found.cause, found.told, found.missed) == (False, False, "broke", True)


def text_of(table: Table) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(table)
    return console.export_text()


def test_a_bench_measures_keeps_the_order_and_tells(tmp_path: Path) -> None:
    spec = '{"constraint": ["setuptools<58"]}'
    cases = [case(name=name) for name in ("a", "b")]
    cases.append(case("setuptools-too-new", "constraint", spec, name="c"))
    places: list[Path] = []
    told: list[Result] = []

    def runner(of: Case, place: Path) -> Ran:
        place.mkdir()
        places.append(place)
        cured = document("incompatible-build-requirement", proven=True)
        return Ran(document() if of.control else cured, 8.0, 0)

    def repeater(of: Case, ran: Ran, place: Path) -> tuple[bool | None, str]:
        return False, "it does not build"

    bench = Bench(runner=runner, places=tmp_path, told=told.append, repeater=repeater)
    results = bench.measure(cases, jobs=2)
    assert [one.name for one in results] == ["a", "b", "c"]
    assert {one.name for one in told} == {"a", "b", "c"}
    assert not any(place.exists() for place in places)
    assert [one.repeated for one in results] == [None, None, False]
    assert results[2].missed
    totals = text_of(totals_table(results))
    assert "fixed and proven" in totals
    assert "8.0 s" in totals
    assert "0 (0%)" in totals
    assert "setuptools-too-new" in text_of(rows_table(results))


def proven(directory: Path, **recipe: Any) -> tuple[Case, Ran]:
    """A small sdist, and the document that says it was cured so."""
    project = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
    files = {"x-1/pyproject.toml": project, "x-1/b.py": BACKEND, "x-1/VERSION": ""}
    archive = directory / "x-1.tar.gz"
    archive.write_bytes(tar_bytes(files))
    made: dict[str, Any] = {"config_settings": {}, "constraints": [], "exclude_newer": None}
    made |= {
        "env": {"ALLOWED": "yes"},
        "extra": [],
        "find_links": [],
        "patch": PATCH,
        "attempt": 1,
        **recipe,
    }
    found = document("unknown", proven=True, **made)
    found["build"] = "wheel"
    attempt = {"source": {"archive": str(archive)}, "interpreter": {"path": sys.executable}}
    found["attempts"] = [{"id": 1, **attempt}]
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    return case("anything", "env", sha256=sha256), Ran(found, 1.0, 0)


def test_a_recipe_is_built_again_from_zero(tmp_path: Path) -> None:
    assert repeat(*proven(tmp_path), tmp_path / "again") == (True, "")


def test_a_recipe_that_does_not_build_is_a_false_claim(tmp_path: Path) -> None:
    assert repeat(*proven(tmp_path, env={}), tmp_path / "again") == (False, "not allowed")
    of, ran = proven(tmp_path, patch=None)
    assert repeat(of, ran, tmp_path / "other") == (False, "ValueError: it built x 0")


def test_another_sdist_than_the_tables_is_no_proof(tmp_path: Path) -> None:
    of, ran = proven(tmp_path)
    (tmp_path / "x-1.tar.gz").write_bytes(b"another")
    repeated, note = repeat(of, ran, tmp_path / "again")
    assert repeated is False
    assert "is not the sdist of the table" in note


def test_the_users_own_environment_cannot_be_repeated(tmp_path: Path) -> None:
    of, ran = proven(tmp_path, isolation=False)
    assert repeat(of, ran, tmp_path / "again")[0] is None
