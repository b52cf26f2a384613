from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.sources.targets import parse_target

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    project = tmp_path / "pkg"
    project.mkdir()
    (project / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "pkg-1.0.tar.gz").write_bytes(b"")
    (tmp_path / "pkg-1.0-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("text", ["./pkg", "pkg/", "./pkg[extra]", "./x/../pkg"])
def test_a_path_with_a_separator_is_a_directory(here: Path, text: str) -> None:
    target = parse_target(text, cwd=here)
    assert target.kind == "directory"
    assert target.path == str(here / "pkg")
    assert target.text == text


def test_a_dot_is_the_current_directory(here: Path) -> None:
    assert parse_target(".", cwd=here / "pkg").path == str(here / "pkg")


def test_a_bare_name_is_a_requirement_even_where_a_directory_has_it(here: Path) -> None:
    target = parse_target("pkg", cwd=here)
    assert (target.kind, target.requirement, target.path) == ("requirement", "pkg", None)


def test_an_archive_needs_no_separator(here: Path) -> None:
    target = parse_target("pkg-1.0.tar.gz", cwd=here)
    assert (target.kind, target.path) == ("archive", str(here / "pkg-1.0.tar.gz"))


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("demjson==2.2.4", "demjson==2.2.4"),
        ("Flask[async] >= 2, <3", "Flask[async]<3,>=2"),
        ('x; python_version < "3.9"', 'x; python_version < "3.9"'),
        ('x; platform_system == "a/b"', 'x; platform_system == "a/b"'),
    ],
)
def test_requirements(here: Path, text: str, requirement: str) -> None:
    target = parse_target(text, cwd=here)
    assert (target.kind, target.requirement) == ("requirement", requirement)


@pytest.mark.parametrize(
    ("text", "kind", "name", "url"),
    [
        (
            "pkg @ git+https://host/p.git@v1#subdirectory=a",
            "vcs",
            "pkg",
            "git+https://host/p.git@v1#subdirectory=a",
        ),
        ("pkg@git+ssh://git@host/p", "vcs", "pkg", "git+ssh://git@host/p"),
        ("git+file:///srv/p", "vcs", None, "git+file:///srv/p"),
        ("hg+https://host/p", "vcs", None, "hg+https://host/p"),
        (
            "https://host/pkg-1.0.zip#sha256=ab",
            "url",
            None,
            "https://host/pkg-1.0.zip#sha256=ab",
        ),
        ("pkg[x] @ https://host/pkg.tar.gz", "url", "pkg", "https://host/pkg.tar.gz"),
    ],
)
def test_direct_references(here: Path, text: str, kind: str, name: str | None, url: str) -> None:
    target = parse_target(text, cwd=here)
    assert (target.kind, target.name, target.url) == (kind, name, url)


def test_a_marker_of_a_direct_reference_is_kept(here: Path) -> None:
    target = parse_target('pkg @ https://host/p.zip ; python_version < "3"', cwd=here)
    assert target.requirement is not None
    assert 'python_version < "3"' in target.requirement


def test_file_urls(here: Path) -> None:
    archive = (here / "pkg-1.0.tar.gz").as_uri() + "#sha256=ab"
    target = parse_target(f"pkg @ {archive}", cwd=here)
    assert (target.kind, target.path, target.url) == (
        "archive",
        str(here / "pkg-1.0.tar.gz"),
        archive,
    )
    assert parse_target((here / "pkg").as_uri(), cwd=here).kind == "directory"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "the target is empty", "directory"),
        ("./pgk", "there is no", "did you mean"),
        ("nowhere/pkg-1.0.tar.gz", "there is no", "nearest directory"),
        ("pkg-1.1.tar.gz", "there is no", "pkg-1.0.tar.gz"),
        ("pkg-1.0-py3-none-any.whl", "is a wheel", "sdist"),
        ("https://host/pkg-1.0-py3-none-any.whl", "is a wheel", "sdist"),
        ("./notes.txt", "neither a directory nor an sdist", ".tar.gz"),
        ("pkg/pyproject.toml", "neither a directory nor an sdist", "name its directory"),
        ("pkg-1.0.7z", "there is no", ""),
        ("https://host/p.rar", "of a kind that is not read", ".zip"),
        ("https://host/p.git", "is a repository", "git+https://host/p.git"),
        ("pkg=1.0", "neither a path nor a requirement", "pkg==1.0"),
        ("pkg 1.0", "neither a path nor a requirement", "pkg==1.0"),
        ("pkg@1.0", "has no URL after the @", "pkg==1.0"),
        ("pkg @ ./x", "has no URL after the @", "file://"),
        ("git@host:owner/p.git", "is a location for ssh", "git+ssh://git@host/owner/p.git"),
        ("git://host/p", "scheme git", "git+git://host/p"),
        ("ftp://host/p.tar.gz", "scheme ftp", "https:"),
        ("git+ext::sh%20-c", "transport 'ext'", "git+https://"),
        ("git+ext://sh", "transport 'ext'", "git+https://"),
        ("file://elsewhere/p.tar.gz", "another host", "file:///"),
        ("???", "neither a path nor a requirement", ""),
    ],
)
def test_what_cannot_be_a_target_is_refused_in_one_sentence(
    here: Path, text: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text, cwd=here)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "https://user:s3cret@host/p.whl",
        "git+ext://user:s3cret@host/p",
        "pkg @ ftp://user:s3cret@host/p",
        "pkg @ https://user:s3cret@host/p.zip; bad marker",
    ],
)
def test_errors_do_not_repeat_credentials(here: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text, cwd=here)
    assert "s3cret" not in caught.value.message + (caught.value.hint or "")
