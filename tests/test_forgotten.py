"""Files that an sdist forgot: made again from the tree, from the index, from the repository."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.forgotten import imports, is_requirements, missing_path, needs, rebuild
from buildscope.diagnosis.release import parse_release, parse_requires, read_release
from buildscope.model.failure import Cause, Remedy
from buildscope.model.run import Attempt
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.process.stop import Stop
from buildscope.repair.forgotten import remedies
from buildscope.repair.published import Published
from buildscope.repair.repository import repositories, text_at
from tests.helpers.local_index import local_index, tar_bytes
from tests.helpers.records import exception, failed_session
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import SessionFactory

PKG_INFO = """\
Metadata-Version: 1.1
Name: x
Version: 1.4
Summary: An example
Home-page: https://github.com/someone/x
Author: Someone
License: First line
        of the license
Description: About x
        =======
        .
        All of it.
        .
        1.4: new
Platform: UNKNOWN
""".replace("        .\n", "        \n")
REQUIRES = (
    'one>=1\ntwo\n\n[:python_version < "3"]\nold==2\n\n[dev]\nlint\n\n[dev:extra]\nbad marker\n'
)


def tree(directory: Path, files: Mapping[str, str]) -> Path:
    project = directory / "tree"
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    return project


def sdist(directory: Path, **more: str) -> Path:
    return tree(
        directory,
        {"PKG-INFO": PKG_INFO, "x.egg-info/PKG-INFO": PKG_INFO, "x.egg-info/requires.txt": REQUIRES}
        | more,
    )


def first_remedy(directory: Path, path: str, source: str = "open(it)") -> Remedy:
    raised = exception(
        f"FileNotFoundError: [Errno 2] No such file or directory: '{path}'",
        [f"project setup.py 7 {source}"],
    )
    cause = diagnose(failed_session(directory, raised=raised), 1)[0]
    assert cause.id == "missing-source-file"
    assert missing_path(cause.summary) == path
    return cause.remedies[0]


# what a release says of itself


def test_requires_txt_has_sections() -> None:
    wanted = parse_requires(REQUIRES)
    assert [(one.text, one.extra) for one in wanted] == [
        ("one>=1", ""),
        ("two", ""),
        ('old==2; python_version < "3"', ""),
        ("lint", "dev"),
    ]


def test_old_metadata_is_unfolded(tmp_path: Path) -> None:
    release = read_release(sdist(tmp_path))
    assert release is not None
    assert release.description == "About x\n=======\n\nAll of it.\n\n1.4: new"
    assert release.license == "First line\nof the license"
    assert (release.version, release.listed) == ("1.4", "x.egg-info/requires.txt")
    assert release.extras == ("dev",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Metadata-Version: 2.1\nName: x\n", None),
        ("Metadata-Version: 2.2\nName: x\n", ()),
        ("Metadata-Version: 2.2\nName: x\nDynamic: Requires-Dist\n", None),
        ("Metadata-Version: 2.1\nRequires-Dist: a (>=1)\n", ("a>=1",)),
        ("Requires-Dist: a; extra == 'x' and python_version > '3'\nRequires-Dist: b\n", ("b",)),
    ],
)
def test_metadata_tells_its_requirements_or_cannot(
    text: str, expected: tuple[str, ...] | None
) -> None:
    release = parse_release(text, "METADATA")
    assert (None if release.requires is None else release.wanted()) == expected


def test_a_marker_beside_an_extra_is_kept() -> None:
    text = "Requires-Dist: a; (python_version > '3') and extra == 'y_z'\n"
    release = parse_release(text, "METADATA")
    assert release.wanted("Y-Z") == ('a; python_version > "3"',)


# from the tree alone


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requirements.txt", 'one>=1\ntwo\nold==2; python_version < "3"\n'),
        ("requirements/base.txt", 'one>=1\ntwo\nold==2; python_version < "3"\n'),
        ("requirements-dev.txt", "lint\n"),
        ("dev_requirements.in", "lint\n"),
        ("VERSION", "1.4\n"),
        ("x/version.txt", "1.4\n"),
        ("README.md", "About x\n=======\n\nAll of it.\n\n1.4: new\n"),
        ("LICENSE.txt", "First line\nof the license\n"),
    ],
)
def test_a_file_is_made_of_what_the_sdist_says(tmp_path: Path, path: str, expected: str) -> None:
    sdist(tmp_path)
    remedy = first_remedy(tmp_path, path)
    assert remedy.files == {path: expected}
    assert not remedy.loses


def test_a_list_that_is_split_at_blanks_has_none(tmp_path: Path) -> None:
    sdist(tmp_path)
    remedy = first_remedy(tmp_path, "requirements.txt", "open('requirements.txt').read().split()")
    assert remedy.files["requirements.txt"] == 'one>=1\ntwo\nold==2;python_version<"3"\n'


def test_a_version_that_is_taken_whole_has_no_line_end(tmp_path: Path) -> None:
    sdist(tmp_path)
    assert first_remedy(tmp_path, "VERSION", "v = open('VERSION').read()").files == {
        "VERSION": "1.4"
    }


def test_the_changes_are_what_follows_the_readme(tmp_path: Path) -> None:
    sdist(tmp_path, **{"README.rst": "About x\n=======\n\nAll of it.\n"})
    assert first_remedy(tmp_path, "CHANGES.rst").files == {"CHANGES.rst": "1.4: new\n"}


@pytest.mark.parametrize("path", ["requirements.txt", "CHANGES.md", "notes.txt", "README"])
def test_a_stub_says_what_is_lost(tmp_path: Path, path: str) -> None:
    tree(tmp_path, {"PKG-INFO": "Metadata-Version: 1.0\nName: x\nVersion: 1.4\n"})
    remedy = first_remedy(tmp_path, path)
    assert remedy.files == {path: ""}
    assert remedy.loses
    assert "is lost" in remedy.summary


def test_a_list_for_tests_loses_nothing(tmp_path: Path) -> None:
    sdist(tmp_path)
    remedy = first_remedy(tmp_path, "test_requirements.txt")
    assert (remedy.files, remedy.loses) == ({"test_requirements.txt": ""}, "")


def test_a_namesake_elsewhere_is_better_than_a_stub(tmp_path: Path) -> None:
    tree(tmp_path, {"src/x/notes.txt": "from there\n"})
    assert first_remedy(tmp_path, "notes.txt").files == {"notes.txt": "from there\n"}


@pytest.mark.parametrize("path", ["x/core.c", "x/__init__.py", "data.bin", "setupbase.py"])
def test_what_cannot_be_made_up_is_not(tmp_path: Path, path: str) -> None:
    sdist(tmp_path)
    assert not first_remedy(tmp_path, path).files


def test_package_json_has_what_components_read(tmp_path: Path) -> None:
    sdist(tmp_path)
    text = first_remedy(tmp_path, "package.json").files["package.json"]
    assert '"version": "1.4"' in text
    assert '"author": "Someone"' in text


@pytest.mark.parametrize(
    ("module", "use"),
    [
        ("ez_setup", "module.use_setuptools(version='1')"),
        ("versioneer", "assert module.get_version() == '1.4'; assert module.get_cmdclass() == {}"),
        ("_version", "assert module.__version__ == '1.4'"),
    ],
)
def test_a_module_of_the_projects_own_has_a_stand_in(tmp_path: Path, module: str, use: str) -> None:
    sdist(tmp_path)
    raised = exception(
        f"ModuleNotFoundError: No module named '{module}'",
        [f"project setup.py 2 import {module}"],
    )
    cause = diagnose(failed_session(tmp_path, raised=raised), 1)[0]
    assert missing_path(cause.summary) == f"{module}.py"
    names: dict[str, Any] = {}
    exec(cause.remedies[0].files[f"{module}.py"], names)
    exec(
        use,
        {
            "module": type(
                "module",
                (),
                {
                    k: staticmethod(v) if callable(v) else v
                    for k, v in names.items()
                    if k != "__builtins__"
                },
            )
        },
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requirements.txt", True),
        ("requirements/prod.txt", True),
        ("install_requires.txt", True),
        ("reqs.pip", True),
        ("requirements.py", False),
        ("prerequisites.txt", False),
    ],
)
def test_a_list_of_requirements_is_known_by_its_name(path: str, expected: bool) -> None:
    assert is_requirements(path) is expected


def test_summaries_name_the_file() -> None:
    assert missing_path(needs("setup.py line 3", "a/b.txt")) == "a/b.txt"
    assert missing_path(needs("The build", "a.txt") + " (docs/a.txt is)") == "a.txt"
    assert missing_path(imports("setup.py line 3", "a.b")) == "a/b.py"
    assert missing_path("another sentence") is None


# from the index and the repository


def cause_for(path: str) -> Cause:
    return Cause(
        id="missing-source-file", confidence="certain", attempt=1, summary=needs("setup.py", path)
    )


def attempt_on(project: Path, settings: Settings) -> Attempt:
    source = SourceFacts(
        origin="sdist", tree=str(project), project=str(project), name="x", version="1.4"
    )
    return Attempt(id=1, settings=settings, source=source)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of archives: 1.4 has a wheel, 1.5 an sdist."""
    folder = tmp_path / "archives"
    write_wheel(
        folder,
        "x",
        "1.4",
        modules={"x/__init__.py": "IN = 'wheel'\n", "x/core.h": "int x;\n"},
        requires=["one>=1", "two; extra == 'dev'"],
    )
    files = {"x-1.5/setupbase.py": "BASE = 1\n", "x-1.5/x/core.c": "int y;\n"}
    (folder / "x-1.5.tar.gz").write_bytes(tar_bytes(files))
    return folder


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x/core.h", {"x/core.h": "int x;\n", "x/__init__.py": "IN = 'wheel'\n"}),
        ("src/x/core.h", {"src/x/core.h": "int x;\n"}),
        ("requirements.txt", {"requirements.txt": "one>=1\n"}),
        ("setupbase.py", {"setupbase.py": "BASE = 1\n"}),
        ("x/core.c", {}),
        ("nowhere.h", {}),
    ],
)
def test_a_file_comes_from_another_archive(
    folder: Path, tmp_path: Path, session_on: SessionFactory, path: str, expected: dict[str, str]
) -> None:
    project = tree(tmp_path, {"setup.py": "\n", "src/x/y": ""})
    settings = Settings(find_links=(str(folder),), no_index=True, offline=True)
    found = remedies(session_on(project), attempt_on(project, settings), cause_for(path))
    assert (found[0].files if found else {}) == expected
    of_another_release = [one for one in found if one.loses]
    assert bool(of_another_release) is (path == "setupbase.py")


def test_nothing_is_looked_for_where_the_tree_tells_all(
    tmp_path: Path, session_on: SessionFactory
) -> None:
    project = tree(tmp_path, {"setup.py": "\n"})
    told = Remedy(summary="there", files={"requirements.txt": "one\n"})
    cause = Cause(
        id="missing-source-file",
        confidence="certain",
        attempt=1,
        summary=needs("setup.py", "requirements.txt"),
        remedies=(told,),
    )
    settings = Settings(index_url="http://127.0.0.1:9/simple/")
    assert remedies(session_on(project), attempt_on(project, settings), cause) == ()


def test_an_index_is_asked_once_for_a_file(tmp_path: Path, session_on: SessionFactory) -> None:
    project = tree(tmp_path, {"setup.py": "\n"})
    wheel = write_wheel(tmp_path / "made", "x", "1.4", requires=["one"]).read_bytes()
    with local_index() as index:
        index.add("x-1.4-py3-none-any.whl", wheel)
        attempt = attempt_on(project, Settings(index_url=index.url))
        session = session_on(project)
        found = [remedies(session, attempt, cause_for("requirements.txt")) for _ in range(2)]
        asked = len(index.requests)
    assert found[0] == found[1]
    assert found[0][0].files == {"requirements.txt": "one\n"}
    assert asked == 2


def test_a_search_that_is_stopped_looks_no_further(
    tmp_path: Path, session_on: SessionFactory
) -> None:
    project = tree(tmp_path, {"setup.py": "\n"})
    write_wheel(tmp_path / "made", "x", "1.4", requires=["one"])
    settings = Settings(find_links=(str(tmp_path / "made"),), no_index=True, offline=True)
    session, attempt, cause = (
        session_on(project),
        attempt_on(project, settings),
        cause_for("requirements.txt"),
    )
    stop = Stop()
    stop.request("enough")
    assert remedies(session, attempt, cause, stop) == ()
    assert remedies(session, attempt, cause) != ()


def test_no_index_and_no_network_give_nothing(tmp_path: Path, session_on: SessionFactory) -> None:
    project = tree(tmp_path, {"setup.py": "\n"})
    attempt = attempt_on(project, Settings(no_index=True, offline=True))
    assert remedies(session_on(project), attempt, cause_for("requirements.txt")) == ()


def test_downloads_are_bounded_and_checked(tmp_path: Path) -> None:
    from buildscope.configuration.index import index_configuration
    from buildscope.sources.client import IndexClient
    from buildscope.sources.index import list_project

    wheel = write_wheel(tmp_path, "x", "1.4").read_bytes()
    with local_index() as index:
        index.add("x-1.4-py3-none-any.whl", wheel)
        index.add("x-1.3-py3-none-any.whl", wheel, sha256="0" * 64)
        configuration = index_configuration(Settings(index_url=index.url), {}, cwd=tmp_path)
        with IndexClient(configuration, [index.url]) as client:
            listed = list_project("x", configuration, client, Stop(), pauses=()).candidates
            assert [one.shown for one in Published(listed, client, Stop()).of("1.4")]
            assert list(Published(listed, client, Stop()).of("1.3")) == []
            assert list(Published(listed, client, Stop(), most=10).of("1.4")) == []


def test_repositories_are_told_by_their_addresses() -> None:
    urls = [
        "https://github.com/a/b",
        "http://www.github.com/a/b/issues",
        "https://gitlab.com/c/d.git",
        "https://git.example.org/deep/er/e.git",
        "https://github.com/sponsors/a",
        "https://x.readthedocs.io",
        "file:///etc/x.git",
    ]
    assert list(repositories(urls)) == [
        "https://github.com/a/b",
        "https://gitlab.com/c/d.git",
        "https://git.example.org/deep/er/e.git",
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_file_comes_from_the_tag_of_the_version(
    tmp_path: Path, environ: dict[str, str], session_on: SessionFactory
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "core.c").write_text("int old;\n")
    author = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.invalid"}
    author |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x.invalid"}

    def git(*command: str) -> None:
        subprocess.run(["git", *command], cwd=repository, check=True, env={**environ, **author})

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "1.4")
    git("tag", "x-v1.4.0")
    (repository / "core.c").write_text("int new;\n")
    git("commit", "-q", "-a", "-m", "1.5")
    git("tag", "-a", "v1.5", "-m", "v1.5")
    url = "https://github.com/someone/x"
    environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
    }
    project = sdist(tmp_path)
    (project / "setup.py").write_text("\n")
    (found,) = remedies(
        session_on(project), attempt_on(project, Settings(no_index=True)), cause_for("core.c")
    )
    assert found.files == {"core.c": "int old;\n"}
    assert "x-v1.4.0" in found.summary
    of = partial(text_at, environ=environ, stop=Stop())
    assert of(url, "1.5", "core.c") == ("v1.5", "int new;\n")
    assert of(url, "1.6", "core.c") is None
    assert of(url, "1.5", "other.c") is None


def test_rebuild_knows_only_texts() -> None:
    release = parse_release(PKG_INFO, "PKG-INFO")
    assert rebuild("x.pyx", release, lambda _: "") is None
