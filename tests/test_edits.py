"""Edits of an attempt: a copy to edit, and the difference as a patch that applies."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.model.run import Attempt
from buildscope.model.settings import Request, Settings
from buildscope.model.target import SourceFacts
from buildscope.session.edits import begin_edit, obtained, patch_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conftest import SessionFactory

needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch")
OLD = {
    "plain.txt": b"".join(b"line %d\n" % number for number in range(30)),
    "no newline.txt": b"one\ntwo",
    "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
    "form feed.c": "int a;\n\f\nint b; /* \u0085 Å … \u2028 */\nint c;\n".encode(),
    "latin.txt": b"caf\xe9\nth\xe9\n",
    "below/deep.py": b"import torch\n",
    "lone cr.txt": b"a\rb\nc\rd\n",
}
NEW = {
    "plain.txt": OLD["plain.txt"].replace(b"line 3\n", b"").replace(b"line 25", b"line xxv"),
    "no newline.txt": b"one\nthree",
    "crlf.txt": b"one\r\n2\r\nthree\r\n",
    "form feed.c": "int a;\n\f\nint b; /* \u0085 Å … \u2028 */\nint d;\f\n".encode(),
    "latin.txt": b"caf\xe9\nt\xe9\n",
    "below/deep.py": b"import torch, os",
    "lone cr.txt": b"a\rb\nc\re\n",
    "new/file.py": b"new = 1\n",
    "new/__init__.py": b"",
}


def tree_of(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def as_directory(tmp_path: Path) -> Path:
    return tree_of(tmp_path / "kept" / "whatever", OLD)


def as_tar(tmp_path: Path) -> Path:
    tree = tree_of(tmp_path / "pack" / "demo-1.0", OLD)
    with tarfile.open(tmp_path / "demo-1.0.tar.gz", "w:gz") as tar:
        tar.add(tree, "./demo-1.0")
    return tmp_path / "demo-1.0.tar.gz"


def as_zip(tmp_path: Path) -> Path:
    tree = tree_of(tmp_path / "pack" / "demo-1.0", OLD)
    with zipfile.ZipFile(tmp_path / "demo-1.0.zip", "w") as zipped:
        for path in sorted(tree.rglob("*")):
            zipped.write(path, f"demo-1.0/{path.relative_to(tree)}")
    return tmp_path / "demo-1.0.zip"


EACH = pytest.mark.parametrize("keep", [as_directory, as_tar, as_zip])


def attempt_on(kept: Path, tree: Path, edits: Mapping[str, str], below: str = ".") -> Attempt:
    source = SourceFacts(
        origin="test", tree=str(tree), project=str(tree / below), archive=str(kept)
    )
    return Attempt(id=1, settings=Settings(edits=dict(edits)), source=source)


@pytest.fixture
def edits(tmp_path: Path) -> dict[str, str]:
    tree_of(tmp_path / "edited", NEW)
    return {path: str(tmp_path / "edited" / path) for path in NEW}


@needs_patch
@EACH
def test_the_patch_makes_the_new_files_of_the_old_ones(
    tmp_path: Path, edits: dict[str, str], keep: Callable[[Path], Path]
) -> None:
    attempt = attempt_on(keep(tmp_path), tmp_path / "demo-1.0", edits)
    patch = patch_text(attempt).encode(errors="surrogateescape")
    target = tree_of(tmp_path / "target", OLD)
    subprocess.run(["patch", "-p1", "--fuzz=0"], cwd=target, input=patch, check=True)
    made = {str(path.relative_to(target)): path for path in target.rglob("*") if path.is_file()}
    assert {path: file.read_bytes() for path, file in made.items()} == NEW


@EACH
def test_git_applies_it_too(
    tmp_path: Path, edits: dict[str, str], keep: Callable[[Path], Path]
) -> None:
    attempt = attempt_on(keep(tmp_path), tmp_path / "demo-1.0", edits)
    patch = patch_text(attempt).encode(errors="surrogateescape")
    target = tree_of(tmp_path / "target", OLD)
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run(["git", "apply", "-p1"], cwd=target, input=patch, check=True, env=environ)
    assert (target / "form feed.c").read_bytes() == NEW["form feed.c"]
    assert (target / "new/__init__.py").read_bytes() == b""


@EACH
def test_a_tree_that_was_moved_has_the_same_originals(
    tmp_path: Path, keep: Callable[[Path], Path]
) -> None:
    """What a retry ``here`` leaves of its parent lies in a folder of another name."""
    attempt = attempt_on(keep(tmp_path), tmp_path / "left", {})
    assert attempt.source is not None
    assert obtained(attempt.source, "plain.txt") == OLD["plain.txt"]
    assert obtained(attempt.source, "none.txt") is None
    assert obtained(attempt.source, "below") is None


@EACH
def test_a_project_below_the_tree_has_paths_of_its_own(
    tmp_path: Path, keep: Callable[[Path], Path], edits: dict[str, str]
) -> None:
    edited = {"deep.py": edits["below/deep.py"]}
    patch = patch_text(attempt_on(keep(tmp_path), tmp_path / "tree", edited, "below"))
    assert patch.startswith("diff --git a/deep.py b/deep.py\n--- a/deep.py\n+++ b/deep.py\n@@")


def test_nothing_edited_is_no_patch(tmp_path: Path) -> None:
    assert not patch_text(attempt_on(as_directory(tmp_path), tmp_path / "tree", {}))
    assert not patch_text(Attempt(id=1))
    same = {"plain.txt": str(as_directory(tmp_path) / "plain.txt")}
    assert not patch_text(attempt_on(as_directory(tmp_path), tmp_path / "tree", same))


def test_what_is_gone_is_told(tmp_path: Path, edits: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="the source as it was obtained, is gone"):
        patch_text(attempt_on(tmp_path / "no.tar.gz", tmp_path / "tree", edits))
    gone = {"plain.txt": str(tmp_path / "gone")}
    with pytest.raises(UsageError, match=r"the edit .*gone cannot be read"):
        patch_text(attempt_on(as_directory(tmp_path), tmp_path / "tree", gone))


def test_an_edit_begins_with_the_file_as_the_attempt_had_it(
    session_on: SessionFactory, project: Path, tmp_path: Path
) -> None:
    """Its own edit, else the file as it was obtained, whatever hooks made of it."""
    (project / "data.txt").write_text("obtained")
    with (project / "backend.py").open("a") as backend:
        backend.write("\n\nopen('data.txt', 'a').write(' and more')\nopen('made.txt', 'w')\n")
    session = session_on(project)
    first = session.run(Settings())
    assert "and more" in (project / "data.txt").read_text()
    copy = begin_edit(session.directory, first, "data.txt")
    assert (copy.name, copy.read_text()) == ("data.txt", "obtained")
    assert copy.is_relative_to(session.directory)
    copy.write_text("edited")
    kept = session.keep_edit("data.txt", copy)
    second = session.retry(1, Request(settings=Settings(edits={"data.txt": kept})))
    assert begin_edit(session.directory, second, "data.txt").read_text() == "edited"
    assert begin_edit(session.directory, first, "data.txt").read_text() == "obtained"
    assert begin_edit(session.directory, first, "data.txt", draft=kept).read_text() == "edited"
    assert begin_edit(session.directory, first, "made.txt").read_text() == ""
    assert "and more" in (project / "data.txt").read_text()
    assert patch_text(second).splitlines()[-4:] == [
        "-obtained",
        "\\ No newline at end of file",
        "+edited",
        "\\ No newline at end of file",
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.txt", "none.txt is no file of the source"),
        ("../outside", "is no file of the project"),
        ("/etc/passwd", "is no file of the project"),
    ],
)
def test_only_files_of_the_source_are_edited(tmp_path: Path, path: str, message: str) -> None:
    attempt = attempt_on(as_directory(tmp_path), tmp_path / "tree", {})
    with pytest.raises(UsageError, match=message):
        begin_edit(tmp_path, attempt, path)
    with pytest.raises(UsageError, match="there is no source yet"):
        begin_edit(tmp_path, Attempt(id=1), "plain.txt")
