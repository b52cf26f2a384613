from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from buildscope.errors import Cancelled, SourceError
from buildscope.process.stop import Stop
from buildscope.sources.directory import Changes, changes_since, copy_tree
from buildscope.sources.obtain import unpack_again
from tests.helpers.obtaining import Obtaining

PROJECT = Path(__file__).parent / "projects" / "source_tree"
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}


def test_a_directory_is_built_in_place_and_kept_as_it_was(tmp_path: Path, project: Path) -> None:
    facts = Obtaining(tmp_path)("./project")
    assert (facts.tree, facts.project, facts.in_place) == (str(project), str(project), True)
    write(project / "build" / "left.o")
    write(project / "pyproject.toml", "edited")
    again = unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert not again.in_place
    assert files(Path(again.tree)) == {"pyproject.toml", "src/source_tree/__init__.py"}
    assert "edited" not in Path(again.tree, "pyproject.toml").read_text("utf-8")
    write(Path(again.tree, "pyproject.toml"), "edited again")
    third = unpack_again(again, work=tmp_path / "third", stop=Stop())
    assert "edited" not in Path(third.project, "pyproject.toml").read_text("utf-8")


def test_with_copy_the_first_attempt_is_in_a_copy_too(tmp_path: Path, project: Path) -> None:
    get = Obtaining(tmp_path)
    facts = get("./project", copy=True)
    assert facts.project == str(get.work / "source")
    assert not facts.in_place
    assert files(Path(facts.tree)) == files(project)


def test_a_retry_says_when_its_copy_is_gone(tmp_path: Path, project: Path) -> None:
    get = Obtaining(tmp_path)
    facts = get("./project")
    shutil.rmtree(get.work)
    with pytest.raises(SourceError, match="is gone") as caught:
        unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert "new session" in (caught.value.hint or "")


def test_a_directory_without_project_files_is_refused(tmp_path: Path, project: Path) -> None:
    error = Obtaining(tmp_path).refused(".")
    assert "has neither pyproject.toml nor setup.py" in error.message
    assert "there is one in project" in (error.hint or "")
    write(tmp_path / "empty" / "readme.txt")
    assert "name the directory" in (Obtaining(tmp_path).refused("./empty").hint or "")


def test_a_subdirectory_of_a_file_url(tmp_path: Path, project: Path) -> None:
    get = Obtaining(tmp_path)
    facts = get(f"{tmp_path.as_uri()}#subdirectory=project")
    assert (facts.tree, facts.project) == (str(tmp_path), str(project))
    again = unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert again.project == str(tmp_path / "again" / "source" / "project")
    assert "lies outside" in get.refused(f"{project.as_uri()}#subdirectory=../").message


def test_what_no_build_reads_is_left_out(tmp_path: Path, project: Path) -> None:
    write(project / ".venv" / "pyvenv.cfg")
    write(project / ".venv" / "lib" / "big.py")
    for name in ("node_modules", ".tox", ".nox", "src/__pycache__", ".mypy_cache"):
        write(project / name / "file")
    write(project / ".git" / "HEAD")
    write(project / "venv" / "no_environment.py")
    copy_tree(project, tmp_path / "copy", stop=Stop())
    assert files(tmp_path / "copy") == {
        "pyproject.toml",
        "src/source_tree/__init__.py",
        ".git/HEAD",
        "venv/no_environment.py",
    }


@posix
def test_times_modes_and_links_are_kept(tmp_path: Path, project: Path) -> None:
    script = write(project / "run.sh")
    script.chmod(0o755)
    large = write(project / "large", "x" * 3_000_000)
    os.utime(script, ns=(1, 1_234_567_890_123_456_789))
    (project / "inside").symlink_to("src/source_tree")
    (project / "outside").symlink_to("../elsewhere")
    (project / "src" / "absolute").symlink_to("/nowhere")
    os.utime(project / "src", ns=(1, 1_000_000_000_000_000_000))
    copy = tmp_path / "copy" / "deep"
    copy_tree(project, copy, stop=Stop())
    status = (copy / "run.sh").stat()
    assert (status.st_mtime_ns, status.st_mode & 0o111) == (1_234_567_890_123_456_789, 0o111)
    assert (copy / "large").stat().st_size == large.stat().st_size
    assert (copy / "src").stat().st_mtime_ns == 1_000_000_000_000_000_000
    assert (copy / "inside").readlink() == Path("src/source_tree")
    assert (copy / "outside").readlink() == tmp_path / "elsewhere"
    assert (copy / "src" / "absolute").readlink() == Path("/nowhere")


@posix
def test_pipes_and_sockets_are_skipped(tmp_path: Path, project: Path) -> None:
    os.mkfifo(project / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(project)  # the path of a socket must be short
        try:
            listening.bind("socket")
        finally:
            os.chdir(before)
        copy_tree(project, tmp_path / "copy", stop=Stop())
    assert files(tmp_path / "copy") == files(PROJECT)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="everything is readable to root"
)
def test_what_cannot_be_read_is_named(tmp_path: Path, project: Path) -> None:
    write(project / "locked").chmod(0)
    error = Obtaining(tmp_path).refused("./project")
    assert str(project / "locked") in error.message


def test_what_cannot_be_copied_is_named(tmp_path: Path, project: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(SourceError, match="cannot be copied"):
        copy_tree(project, tmp_path / "copy", stop=Stop())


def test_a_copy_below_the_tree_does_not_copy_itself(tmp_path: Path, project: Path) -> None:
    copy_tree(project, project / "cache" / "copy", stop=Stop())
    assert "cache/copy/pyproject.toml" in files(project)
    assert not (project / "cache" / "copy" / "cache" / "copy").exists()


def test_a_stop_ends_a_copy(tmp_path: Path, project: Path) -> None:
    stop = Stop()
    stop.request("enough")
    with pytest.raises(Cancelled):
        copy_tree(project, tmp_path / "copy", stop=stop)


@posix
def test_git_objects_are_linked_and_a_submodule_keeps_its_repository(
    tmp_path: Path, project: Path
) -> None:
    loose = write(project / ".git" / "objects" / "ab" / "cdef")
    write(project / ".git" / "config")
    copy_tree(project, tmp_path / "one", stop=Stop())
    copied = tmp_path / "one" / ".git"
    assert (copied / "objects" / "ab" / "cdef").samefile(loose)
    assert not (copied / "config").samefile(project / ".git" / "config")
    shutil.rmtree(project / ".git")
    write(project / ".git", "gitdir: ../.git/modules/project\n")
    copy_tree(project, tmp_path / "two", stop=Stop())
    pointer = (tmp_path / "two" / ".git").read_text("utf-8")
    assert pointer == f"gitdir: {tmp_path / '.git' / 'modules' / 'project'}\n"


def test_a_repository_above_is_noted(tmp_path: Path, project: Path) -> None:
    (tmp_path / ".git").mkdir()
    note = Obtaining(tmp_path)("./project").note
    assert f"part of the repository {tmp_path}" in (note or "")
    (project / ".git").mkdir()
    assert Obtaining(tmp_path / "more")((project).as_uri()).note is None


def test_changes_since(tmp_path: Path, project: Path) -> None:
    write(project / "gone.txt")
    write(project / "kept.txt")
    copy_tree(project, tmp_path / "copy", stop=Stop())
    assert changes_since(tmp_path / "copy", project) == Changes()
    (project / "gone.txt").unlink()
    write(project / "build" / "lib" / "made.py")
    write(project / "pyproject.toml", "changed")
    write(project / "__pycache__" / "x.pyc")
    changes = changes_since(tmp_path / "copy", project)
    assert changes.created == (str(Path("build", "lib", "made.py")),)
    assert changes.changed == ("pyproject.toml",)
    assert changes.removed == ("gone.txt",)
