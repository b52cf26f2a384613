"""Recipes in the words of tools: texts of records made here, patches applied for real."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import tomli

from buildscope.model.failure import Cause, Evidence, SystemNeed
from buildscope.model.names import PHASES
from buildscope.model.recipe import Cured, Recipe, Search
from buildscope.model.run import (
    Attempt,
    BackendFacts,
    Distribution,
    Interpreter,
    PhaseRun,
    SessionRecord,
)
from buildscope.model.target import SourceFacts, Target
from buildscope.recipes import recipe_texts
from buildscope.recipes.patch import make_patch
from buildscope.recipes.requires import with_requires
from buildscope.recipes.text import search_lines

if TYPE_CHECKING:
    from buildscope.model.target import TargetKind

SDIST = "https://files.example/Thing_Maker-1.0.tar.gz#sha256=0"


def session(
    tmp_path: Path, *, kind: TargetKind = "requirement", dynamic: tuple[str, ...] = (), **more: Any
) -> SessionRecord:
    tree = tmp_path / "Thing_Maker-1.0"
    tree.mkdir(exist_ok=True)
    local = kind in {"directory", "archive"}
    target = Target(
        text="thing-maker==1.0",
        kind=kind,
        path=str(tree) if local else None,
        url=more.pop("url", None),
    )
    get_requires = PhaseRun(name="get_requires", requires=dynamic)
    phases = tuple(get_requires if x == "get_requires" else PhaseRun(name=x) for x in PHASES)
    attempt = Attempt(
        id=1,
        outcome="built",
        interpreter=Interpreter("/usr/bin/python3.11", "3.11.7", "cpython"),
        phases=phases,
        source=SourceFacts(
            origin="sdist from the index",
            tree=str(tree),
            project=str(tree),
            name="Thing_Maker",
            version="1.0",
            filename=None if local else "Thing_Maker-1.0.tar.gz",
            url=None if local else SDIST,
        ),
        backend=BackendFacts("setuptools.build_meta:__legacy__", ("setuptools>=40.8.0",)),
        artifact=str(tmp_path / "thing_maker-1.0-py3-none-any.whl"),
        seconds=2.0,
    )
    return SessionRecord(
        id="s",
        directory=str(tmp_path / "abc-thing"),
        target=target,
        buildscope="0",
        started=0.0,
        attempts=(msgspec.structs.replace(attempt, **more),),
    )


def recipe(**more: Any) -> Recipe:
    return Recipe(**{"proven": True, "attempt": 1, **more})


def texts(record: SessionRecord, made: Recipe) -> dict[str, str]:
    return {one.name: one.text for one in recipe_texts(record, made)}


def test_constraints(tmp_path: Path) -> None:
    found = texts(session(tmp_path), recipe(constraints=("setuptools<82",)))
    file = "cat > build-constraints.txt <<'EOF'\nsetuptools<82\nEOF\n"
    assert found["pip"] == (
        f"{file}python3 -m pip install --no-binary thing-maker"
        " --build-constraint build-constraints.txt thing-maker==1.0\n"
    )
    assert found["uv"] == (
        f"{file}uv pip install --no-binary thing-maker"
        " --build-constraints build-constraints.txt thing-maker==1.0\n"
    )
    assert tomli.loads(found["uv-project"]) == {
        "tool": {"uv": {"build-constraint-dependencies": ["setuptools<82"]}}
    }
    assert 'PIP_CONSTRAINT="$PWD/build-constraints.txt"' in found["build"]
    assert f"curl -fLo Thing_Maker-1.0.tar.gz {SDIST.partition('#')[0]}\n" in found["build"]
    assert found["build"].endswith("--outdir dist Thing_Maker-1.0\n")


def test_pip_prepares_an_environment_for_a_requirement(tmp_path: Path) -> None:
    record = session(tmp_path, dynamic=("wheel", "numpy>=1"))
    found = texts(record, recipe(extra=("Cython<3",), constraints=("numpy<2",)))
    lines = found["pip"].splitlines()
    assert (
        "build-env/bin/python -m pip install --upgrade --constraint build-constraints.txt"
        " 'setuptools>=40.8.0' wheel 'numpy>=1' 'Cython<3'"
    ) in lines
    assert lines[-2].startswith('PATH="$PWD/build-env/bin:$PATH" build-env/bin/python -m pip wheel')
    assert "--no-build-isolation" in lines[-2]
    assert lines[-1] == "python3 -m pip install built/*.whl"


def test_bounds_of_extras_reach_the_second_resolution_of_uv(tmp_path: Path) -> None:
    found = texts(session(tmp_path), recipe(extra=("Cython[x]<3", "wheel")))
    assert tomli.loads(found["uv-project"])["tool"]["uv"] == {
        "build-constraint-dependencies": ["Cython<3"],
        "extra-build-dependencies": {"thing-maker": ["Cython[x]<3", "wheel"]},
    }
    assert "--project uv-config" in found["uv"]
    assert "--config-file" not in found["uv"]


def test_another_python(tmp_path: Path) -> None:
    found = texts(session(tmp_path), recipe(python="3.9.18"))
    assert found["pip"].startswith("python3.9 -m venv env\nenv/bin/python -m pip install --upgrade")
    assert found["uv"].startswith("uv venv --python 3.9.18 env\nuv pip install --python env ")
    assert "FROM python:3.9\n" in found["docker"]
    assert "venv" not in found["docker"]


def test_pip_is_given_the_versions_of_a_date(tmp_path: Path) -> None:
    old = Interpreter("/usr/bin/python3.8", "3.8.18", "cpython")
    installed = PhaseRun(name="install_static", installed=(Distribution("setuptools", "68.0.0"),))
    phases = tuple(installed if x == installed.name else PhaseRun(name=x) for x in PHASES)
    record = session(tmp_path, interpreter=old, phases=phases)
    (pip,) = (
        one
        for one in recipe_texts(record, recipe(python="3.8", exclude_newer="2023-08-01"))
        if one.name == "pip"
    )
    assert "setuptools==68.0.0" in pip.text
    assert 'PIP_CONSTRAINT="$PWD/build-constraints.txt" ' in pip.text
    assert "--uploaded-prior-to" not in pip.text
    assert pip.note == "the versions of that date"


def test_variables_and_settings_are_quoted(tmp_path: Path) -> None:
    made = recipe(env={"CFLAGS": "-O0 -g"}, config_settings={"a b": ["1", "2"]})
    found = texts(session(tmp_path), made)
    for tool in ("pip", "uv", "build"):
        assert "CFLAGS='-O0 -g' " in found[tool]
        assert "-C 'a b=1' -C 'a b=2'" in found[tool]
    assert tomli.loads(found["uv-project"])["tool"]["uv"] == {
        "extra-build-variables": {"thing-maker": {"CFLAGS": "-O0 -g"}},
        "config-settings-package": {"thing-maker": {"a b": ["1", "2"]}},
    }


@pytest.mark.parametrize(
    ("url", "clone"),
    [
        ("git+https://h/x.git@v1#subdirectory=py", ["git clone https://h/x.git source", "v1"]),
        ("git+ssh://git@h/x.git", ["git clone ssh://git@h/x.git source"]),
    ],
)
def test_a_checkout_is_patched(tmp_path: Path, url: str, clone: list[str]) -> None:
    record = session(tmp_path, kind="vcs", url=url)
    found = texts(record, recipe(patch="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"))
    lines = found["pip"].splitlines()
    assert lines[0] == clone[0]
    assert lines[1].endswith(clone[1]) if len(clone) > 1 else lines[1].startswith("cat")
    assert lines[-1] == "python3 -m pip install ./source"


def test_system_packages(tmp_path: Path) -> None:
    need = SystemNeed(kind="header", name="pq.h", apt="libpq-dev", dnf="libpq-devel")
    found = texts(session(tmp_path), recipe(system=(need,)))
    assert found["system"].splitlines() == [
        "# the header pq.h",
        "sudo apt-get install libpq-dev",
        "sudo dnf install libpq-devel",
    ]
    assert "--no-install-recommends libpq-dev &&" in found["docker"]


def test_a_directory_is_copied_into_the_image(tmp_path: Path) -> None:
    found = texts(session(tmp_path, kind="directory"), recipe(constraints=("a<1",)))
    assert 'COPY [".", "source"]\n' in found["docker"]
    assert found["docker"].endswith("./source\n")
    assert str(tmp_path) not in found["docker"]


def test_the_report_tells_cause_cure_proof_and_frontends(tmp_path: Path) -> None:
    fault = Cause(
        "incompatible-build-requirement",
        "certain",
        1,
        "setuptools 84 has no pkg_resources",
        evidence=Evidence(phase="get_requires", text="No module named `x`"),
    )
    record = session(tmp_path)
    made = recipe(constraints=("setuptools<82",), summary="setuptools<82", dropped=("+wheel",))
    search = Search(
        started=0.0,
        budget=1.0,
        ended="proven",
        recipe=made,
        faults=(fault,),
        cured=(
            Cured("uv", "0.13.9", False, True),
            Cured("pip", "26.3", True, True),
            Cured("build", "1.6", False, False, "ERROR: no"),
        ),
    )
    record = msgspec.structs.replace(record, search=search)
    report = texts(record, made)["markdown"]
    assert "  `` No module named `x` ``\n" in report
    assert "- uv 0.13.9: fails without it, cured\n" in report
    assert "- pip 26.3: fine all along\n" in report
    assert "- build 1.6: not cured: `ERROR: no`\n" in report
    assert "not needed: `+wheel`" in report
    assert "thing_maker-1.0-py3-none-any.whl" in report
    shown = "\n".join(search_lines(record, search))
    assert "With pip (pip 25.3 or newer):" in shown
    assert "setuptools 84 has no pkg_resources" in shown


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[build-system]\nrequires = ["setuptools", "wheel"]  # why\nx = 1\n',
            '[build-system]\nrequires = ["setuptools<82", "wheel", "Cython"]  # why\nx = 1\n',
        ),
        (
            "[build-system]\r\nrequires = [\r\n  # 'old'\r\n  'setuptools',\r\n  'wheel',\r\n]\r\n",
            (
                "[build-system]\r\nrequires = [\r\n  # 'old'\r\n  'setuptools<82',\r\n  'wheel',"
                "\r\n  'Cython',\r\n]\r\n"
            ),
        ),
        (
            "[tool.x]\nrequires = ['no']",
            (
                "[tool.x]\nrequires = ['no']\n\n[build-system]\n"
                'requires = ["setuptools<82", "wheel", "Cython"]\n'
                'build-backend = "setuptools.build_meta:__legacy__"\n'
            ),
        ),
        ("[build-system]\nbuild-backend = 'x'\n", None),
        ("[build-system", None),
    ],
)
def test_only_the_requirements_are_edited(before: str, after: str | None) -> None:
    wanted = ["setuptools<82", "wheel", "Cython"]
    assert with_requires(before, wanted, legacy=True) == after


def test_the_patch_of_pyproject_bounds_what_is_declared(tmp_path: Path) -> None:
    record = session(tmp_path)
    made = recipe(constraints=("setuptools<82", "numpy<2"), extra=("Cython",))
    patch = texts(record, made)["pyproject"]
    tree = Path(record.attempts[0].source.tree) if record.attempts[0].source else tmp_path
    subprocess.run(["patch", "-p1", "-s"], input=patch.encode(), cwd=tree, check=True)
    table = tomli.loads((tree / "pyproject.toml").read_text("utf-8"))["build-system"]
    assert table["requires"] == ["setuptools<82,>=40.8.0", "Cython", "numpy<2"]


FILES = {
    "a.py": ("one\ntwo\n", "one\n2\n"),
    "crlf.txt": ("a\r\nb\r\n", "a\r\nc\r\n"),
    "end.txt": ("no newline", "no newline\nat all"),
    "form feed.py": ("x\x0cy\u2028z\nw\n", "x\x0cy\u2028z\nv\n"),
    "bytes.txt": ("\udcff\nb\n", "\udcff\nc\n"),
    "new/file.h": (None, "#pragma once\n"),
    "new/empty.py": (None, ""),
    "same.txt": ("s\n", "s\n"),
}


@pytest.mark.parametrize("tool", [["patch", "-p1", "-s", "--binary"], ["git", "apply"]])
def test_patches_apply(tmp_path: Path, tool: list[str]) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"there is no {tool[0]}")
    for name, (before, _) in FILES.items():
        if before is not None:
            (tmp_path / name).write_bytes(before.encode("utf-8", "surrogateescape"))
    patch = make_patch(tmp_path, {name: after for name, (_, after) in FILES.items()})
    assert "same.txt" not in patch
    content = patch.encode("utf-8", "surrogateescape")
    subprocess.run(tool, input=content, cwd=tmp_path, check=True)
    for name, (_, after) in FILES.items():
        assert (tmp_path / name).read_bytes() == after.encode("utf-8", "surrogateescape"), name
