"""How hooks end, as ``call_hook`` tells it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from buildscope.errors import BuildscopeError, PhaseError
from tests.helpers.procs import OLDEST, PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.hooks.call import HookOutcome

old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], sys.executable])


class Hook(Protocol):
    def __call__(self, do: str, **options: Any) -> HookOutcome: ...


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "trouble", tmp_path / "trouble"))


@pytest.fixture
def hook(lab: Lab, project: Path) -> Hook:
    """Calls the hook that does what it is told, and gives the outcome."""

    def call(do: str, **options: Any) -> HookOutcome:
        kwargs = {"config_settings": {"do": do}}
        return lab.hook(kwargs=kwargs, project=project, backend="trouble", **options)

    return call


def in_tree(tmp_path: Path, text: str) -> Path:
    """A project whose backend, ``backend``, has that text."""
    project = tmp_path / "in-tree"
    project.mkdir()
    (project / "backend.py").write_text(text)
    return project


@old_and_new
def test_the_result_is_what_the_hook_returned(hook: Hook, python: str) -> None:
    outcome = hook("warn", python=python)
    assert (outcome.has_result, outcome.result, outcome.ended.ok) == (True, ["x"], True)
    assert (outcome.missing, outcome.unsupported, outcome.exception) == (False, False, None)


def test_warnings_of_the_backend_never_reach_ours(hook: Hook) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = hook("warn")
    assert caught == []
    assert len(outcome.warnings) == 2


@old_and_new
def test_an_end_without_a_result(hook: Hook, python: str) -> None:
    vanished = hook("vanish", python=python)
    assert (vanished.ended.exit_code, vanished.has_result) == (0, False)
    badly = hook("vanish_badly", python=python)
    assert (badly.ended.exit_code, badly.has_result) == (3, False)
    killed = hook("killed", python=python)
    assert (killed.ended.signal, killed.has_result, killed.exception) == ("SIGKILL", False, None)


@old_and_new
def test_a_result_that_is_no_json(hook: Hook, python: str) -> None:
    outcome = hook("no_json", python=python)
    assert (outcome.has_result, outcome.ended.exit_code) == (False, 1)
    assert outcome.exception is not None
    assert outcome.exception.type == "TypeError"
    assert "not JSON serializable" in outcome.exception.message


@old_and_new
def test_a_backend_that_cannot_be_imported(lab: Lab, project: Path, python: str) -> None:
    outcome = lab.hook(project=project, backend="unavailable", python=python)
    assert (outcome.has_result, outcome.missing) == (False, False)
    assert outcome.exception is not None
    assert outcome.exception.type == "BackendUnavailable"
    original = outcome.exception.cause
    assert original is not None
    assert original.attributes == {"name": "no_such_requirement"}
    last = original.frames[-1]
    assert (last.file, last.line, last.owner) == ("unavailable.py", 1, "project")


def test_a_backend_that_is_not_there(lab: Lab, project: Path) -> None:
    outcome = lab.hook(project=project, backend="no_such_backend", backend_path=())
    assert outcome.exception is not None
    assert outcome.exception.message == "Cannot import 'no_such_backend'"
    assert outcome.exception.cause is not None
    outcome = lab.hook(project=project, backend="no_such_backend")
    assert outcome.exception is not None
    assert "Cannot find module 'no_such_backend' in" in outcome.exception.message


def test_a_backend_object_that_is_not_there(lab: Lab, project: Path) -> None:
    outcome = lab.hook(project=project, backend="trouble:nothing")
    assert outcome.exception is not None
    assert outcome.exception.type == "AttributeError"


def test_an_exception_of_another_kind_at_import(lab: Lab, project: Path) -> None:
    outcome = lab.hook(project=project, backend="refusing")
    assert outcome.exception is not None
    assert outcome.exception.message == "not today"
    assert outcome.exception.frames[-1].file == "refusing.py"


def test_an_optional_hook_that_is_missing(lab: Lab, tmp_path: Path) -> None:
    project = in_tree(tmp_path, "def build_wheel(*a, **k):\n    open('called', 'w').close()\n")
    prepare = "prepare_metadata_for_build_wheel"
    outcome = lab.hook(
        prepare, {"metadata_directory": str(tmp_path)}, project=project, backend="backend"
    )
    assert (outcome.missing, outcome.has_result, outcome.exception) == (True, False, None)
    assert outcome.ended.ok
    assert not (project / "called").exists()  # no fallback
    outcome = lab.hook(project=project, backend="backend")
    assert (outcome.missing, outcome.has_result, outcome.result) == (True, True, [])


def test_a_mandatory_hook_that_is_missing(lab: Lab, tmp_path: Path) -> None:
    project = in_tree(tmp_path, "")
    outcome = lab.hook(
        "build_wheel", {"wheel_directory": str(tmp_path)}, project=project, backend="backend"
    )
    assert outcome.missing
    assert outcome.exception is not None
    assert outcome.exception.type == "AttributeError"


@old_and_new
def test_an_unsupported_operation(lab: Lab, project: Path, python: str) -> None:
    outcome = lab.hook(
        "build_sdist",
        {"sdist_directory": str(project)},
        project=project,
        backend="trouble",
        python=python,
    )
    assert (outcome.unsupported, outcome.has_result) == (True, False)
    assert outcome.exception is not None
    assert outcome.exception.cause is not None
    assert outcome.exception.cause.message == "no sdist from here"


@pytest.mark.parametrize("path", ["/abs", "../outside"])
def test_a_backend_path_outside_the_project(lab: Lab, project: Path, path: str) -> None:
    with pytest.raises(PhaseError, match="backend-path") as caught:
        lab.hook(project=project, backend="trouble", backend_path=(path,))
    assert caught.value.cause == "invalid-pyproject"


def test_a_python_that_is_not_there(lab: Lab, project: Path) -> None:
    with pytest.raises(BuildscopeError, match="No such file"):
        lab.hook(project=project, backend="trouble", python="/no/such/python")


def test_input_and_output_are_kept(hook: Hook, lab: Lab) -> None:
    hook("warn")
    kept = {name: json.loads((lab.evidence / name).read_text()) for name in ("input.json",)}
    assert kept["input.json"] == {"kwargs": {"config_settings": {"do": "warn"}}}
    assert json.loads((lab.evidence / "output.json").read_text())["return_val"] == ["x"]


def test_nothing_that_is_kept_has_a_secret(hook: Hook, lab: Lab, project: Path) -> None:
    secret = "correct-horse-battery"
    lab.redactor.learn([secret])
    outcome = hook("secret", env={"MY_PASSWORD": secret})
    assert outcome.exception is not None
    assert outcome.exception.message == "login with [redacted]"
    assert outcome.exception.frames[-1].locals["password"] == "'[redacted]'"
    assert outcome.warnings[0].endswith("it is [redacted]")
    outcome = lab.hook(
        kwargs={"config_settings": {"do": "warn", "token": secret}},
        project=project,
        backend="trouble",
    )
    assert outcome.has_result
    files = [path for path in lab.directory.rglob("*") if path.is_file()]
    assert any(path.name == "reports.jsonl" and path.stat().st_size for path in files)
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_secrets_do_not_change_what_the_hook_is_given(lab: Lab, tmp_path: Path) -> None:
    project = in_tree(
        tmp_path, "def get_requires_for_build_wheel(settings):\n    return [settings['token']]\n"
    )
    lab.redactor.learn(["correct-horse-battery"])
    outcome = lab.hook(
        kwargs={"config_settings": {"token": "correct-horse-battery"}},
        project=project,
        backend="backend",
    )
    assert outcome.result == ["correct-horse-battery"]


def test_a_child_that_keeps_the_report_pipe_does_not_delay(lab: Lab, tmp_path: Path) -> None:
    text = """
import os, time
def get_requires_for_build_wheel(settings):
    if os.fork() == 0:
        os.setsid()
        time.sleep(300)
    return []
"""
    outcome = lab.hook(project=in_tree(tmp_path, text), backend="backend")
    assert outcome.result == []
    assert outcome.ended.left_behind == 1


@old_and_new
def test_a_layer_is_in_front_and_its_pth_files_are_read(
    lab: Lab, tmp_path: Path, python: str
) -> None:
    layer, linked, behind = (tmp_path / name for name in ("layer", "linked", "behind"))
    for directory, version in ((layer, "layer"), (linked, "linked"), (behind, "behind")):
        directory.mkdir()
        (directory / "found.py").write_text(f"where = {version!r}\n")
        (directory / f"only_{version}.py").write_text("")
    (linked / "second.py").write_text("where = 'linked'\n")
    (behind / "second.py").write_text("where = 'behind'\n")
    (layer / "linked.pth").write_text(f"{linked}\n")
    text = """
def get_requires_for_build_wheel(settings):
    import found, second, only_layer, only_linked
    return [found.where, second.where]
"""
    outcome = lab.hook(
        project=in_tree(tmp_path, text),
        backend="backend",
        python=python,
        env={"PYTHONPATH": os.pathsep.join([str(layer), str(behind)])},
        layer=str(layer),
    )
    assert outcome.result == ["layer", "linked"]


def installed(tmp_path: Path) -> Path:
    """A directory like ``site-packages``, with a package in it."""
    site = tmp_path / "site"
    package = site / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("value = 1\n")
    return site


BYTECODE = """
import package
def get_requires_for_build_wheel(settings):
    import neighbour
    return [str(package.value)]
"""


@pytest.mark.parametrize("forbidden", ["1", ""])
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_bytecode_of_the_environment_is_cached_by_hash(
    lab: Lab, tmp_path: Path, python: str, forbidden: str
) -> None:
    site, project = installed(tmp_path), in_tree(tmp_path, BYTECODE)
    (project / "neighbour.py").write_text("")
    source = site / "package" / "__init__.py"

    def call() -> Any:
        return lab.hook(
            project=project,
            backend="backend",
            python=python,
            env={"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": forbidden},
            bytecode_dirs=(str(site),),
        ).result

    assert call() == ["1"]
    (cached,) = source.parent.glob("__pycache__/*.pyc")
    assert cached.read_bytes()[4:8] == b"\x03\0\0\0"  # checked hash
    assert (project / "__pycache__").exists() is not bool(forbidden)

    first = cached.stat().st_mtime_ns
    assert call() == ["1"]
    assert cached.stat().st_mtime_ns == first  # used, not written again

    times = source.stat().st_atime, source.stat().st_mtime
    source.write_text("value = 2\n")
    os.utime(source, times)
    assert call() == ["2"]


def test_a_read_only_environment_breaks_no_import(lab: Lab, tmp_path: Path) -> None:
    site, project = installed(tmp_path), in_tree(tmp_path, BYTECODE)
    (project / "neighbour.py").write_text("")
    (site / "package" / "__pycache__").write_text("in the way")
    outcome = lab.hook(
        project=project,
        backend="backend",
        env={"PYTHONPATH": str(site)},
        bytecode_dirs=(str(site),),
    )
    assert outcome.result == ["1"]


def test_frames_of_the_environment_are_the_backends(lab: Lab, tmp_path: Path) -> None:
    site = installed(tmp_path)
    (site / "installed_backend.py").write_text(
        "def get_requires_for_build_wheel(settings):\n    raise ValueError('bad')\n"
    )
    outcome = lab.hook(
        project=in_tree(tmp_path, ""),
        backend="installed_backend",
        backend_path=(),
        env={"PYTHONPATH": str(site)},
        environment_paths=(str(site),),
    )
    assert outcome.exception is not None
    last = outcome.exception.frames[-1]
    assert (last.owner, last.file) == ("backend", str(site / "installed_backend.py"))
    assert last.locals == {"settings": "None"}
