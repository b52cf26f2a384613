from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.errors import BuildscopeError, SourceError
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.process.ended import Ended
from buildscope.process.stop import Stop
from buildscope.sources.obtain import unpack_again
from buildscope.sources.vcs import Checkout, check_out, parse_reference
from tests.helpers.obtaining import Obtaining

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROJECT = Path(__file__).parent / "projects" / "source_tree"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def environ() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**kept, **IDENTITY}


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=repository,
        env=environ(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(repository: Path, text: str) -> str:
    (repository / "marker.txt").write_text(text, "utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", text)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a branch, a tag and a project in a subdirectory too."""
    path = tmp_path / "repo"
    shutil.copytree(PROJECT, path)
    shutil.copytree(PROJECT, path / "sub")
    git(path, "init", "-q", "-b", "main")
    commit(path, "first")
    git(path, "tag", "-a", "v1", "-m", "v1")
    git(path, "branch", "both")
    commit(path, "second")
    git(path, "tag", "both")
    return path


@pytest.fixture
def get(tmp_path: Path) -> Obtaining:
    return Obtaining(tmp_path, environ())


def marker(tree: str) -> str:
    return Path(tree, "marker.txt").read_text("utf-8")


@needs_git
def test_the_default_branch(get: Obtaining, repository: Path) -> None:
    facts = get(f"git+{repository.as_uri()}")
    assert facts.revision == git(repository, "rev-parse", "main")
    assert facts.origin == "git repository"
    assert facts.project == facts.tree == str(get.work / "source")
    assert git(Path(facts.tree), "describe", "--tags", "--match", "v*").startswith("v1-1-g")


@needs_git
@pytest.mark.parametrize("ref", ["v1", "main", "both", "refs/heads/main"])
def test_branches_tags_and_full_names(get: Obtaining, repository: Path, ref: str) -> None:
    facts = get(f"git+{repository.as_uri()}@{ref}")
    assert marker(facts.tree) == ("first" if ref in {"v1", "both"} else "second")


@needs_git
def test_commits_whole_short_and_hidden(get: Obtaining, repository: Path) -> None:
    first = git(repository, "rev-parse", "v1^{commit}")
    for ref in (first, first[:8]):
        assert get(f"git+{repository.as_uri()}@{ref}").revision == first
    git(repository, "checkout", "-q", "--detach")
    hidden = commit(repository, "hidden")
    git(repository, "update-ref", "refs/pull/1/head", hidden)
    git(repository, "checkout", "-q", "main")
    facts = get(f"git+{repository.as_uri()}@refs/pull/1/head")
    assert (facts.revision, marker(facts.tree)) == (hidden, "hidden")


@needs_git
def test_a_subdirectory_and_a_retry(get: Obtaining, repository: Path, tmp_path: Path) -> None:
    facts = get(f"name @ git+{repository.as_uri()}@v1#subdirectory=sub")
    assert (facts.name, facts.project) == ("name", str(get.work / "source" / "sub"))
    Path(facts.project, "pyproject.toml").write_text("dirty", "utf-8")
    again = unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert "dirty" not in Path(again.project, "pyproject.toml").read_text("utf-8")
    assert git(Path(again.tree), "status", "--porcelain") == ""
    outside = get.refused(f"git+{repository.as_uri()}#subdirectory=../..")
    assert "lies outside" in outside.message
    missing = get.refused(f"git+{repository.as_uri()}#subdirectory=src")
    assert "has neither pyproject.toml nor setup.py" in missing.message
    assert "subdirectory=sub" in (missing.hint or "")


@needs_git
def test_submodules_are_fetched(get: Obtaining, repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, "inner")
    allow = ("-c", "protocol.file.allow=always")
    git(repository, *allow, "submodule", "add", "-q", other.as_uri(), "inner")
    commit(repository, "third")
    get.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
    }
    facts = get(f"git+{repository.as_uri()}")
    assert Path(facts.tree, "inner", "marker.txt").read_text("utf-8") == "inner"


@needs_git
def test_the_output_of_git_goes_to_the_spool(get: Obtaining, repository: Path) -> None:
    get(f"git+{repository.as_uri()}")
    output = (get.root / "spool-1" / "stderr").read_text("utf-8")
    assert "Cloning into" in output


@needs_git
def test_variables_of_another_repository_do_not_reach_git(
    get: Obtaining, repository: Path, tmp_path: Path
) -> None:
    get.environ |= {"GIT_DIR": str(tmp_path / "no"), "GIT_WORK_TREE": str(tmp_path)}
    assert get(f"git+{repository.as_uri()}@v1").revision


@needs_git
def test_what_git_cannot_do_is_said_in_one_sentence(get: Obtaining, repository: Path) -> None:
    error = get.refused(f"git+{repository.as_uri()}@nope")
    assert error.message == f"{repository.as_uri()} has no branch, tag or commit 'nope'"
    gone = get.refused(f"git+{(repository.parent / 'gone').as_uri()}")
    assert "cannot be cloned" in gone.message
    assert "does not appear to be a git repository" in gone.message
    refused = get.refused("git+http://user:s3cret-word@127.0.0.1:9/x.git")
    assert "cannot be cloned" in refused.message
    spooled = b"".join(path.read_bytes() for path in get.root.glob("spool-*/*"))
    assert "s3cret" not in refused.message
    assert b"s3cret" not in spooled
    assert get.redactor.text("s3cret-word") == "[redacted]"
    offline = get.refused("git+https://host.invalid/x.git", offline=True)
    assert "offline" in offline.message


def test_offline_a_local_repository_is_fine(get: Obtaining, repository: Path) -> None:
    assert get(f"git+{repository.as_uri()}", offline=True).revision


def test_git_that_is_not_there(get: Obtaining, tmp_path: Path) -> None:
    get.environ["PATH"] = str(tmp_path)
    error = get.refused("git+https://host.invalid/x.git")
    assert "needs the program git, which is not installed" in error.message
    assert error.cause == "missing-program"


class FakeRunner:
    """Records commands; ``answers`` says whether one succeeds."""

    def __init__(self, answers: Callable[[Sequence[str]], bool] = lambda command: True) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.environs: list[Mapping[str, str]] = []
        self._answers = answers

    def __call__(self, command: Sequence[str], **options: Any) -> Ended:
        self.commands.append(tuple(command))
        self.environs.append(options["env"])
        return Ended(exit_code=0 if self._answers(command) else 1)


def run_fake(tmp_path: Path, url: str, runner: FakeRunner) -> str | None:
    with closing(Spool(tmp_path / "spool", Redactor())) as spool:
        checkout = Checkout(parse_reference(url), {}, spool, Stop(), runner)
        return check_out(checkout, tmp_path / "tree")


@pytest.mark.parametrize(
    ("url", "commands"),
    [
        ("hg+https://h/p@1.0", ["hg clone", "hg update --noninteractive --rev 1.0"]),
        ("svn+https://h/p@12", ["svn checkout --non-interactive -r 12 -- https://h/p"]),
        ("bzr+https://h/q@3", ["bzr branch -r 3 -- https://h/q"]),
        ("bzr+https://h/p", ["bzr branch -- https://h/p"]),
    ],
)
def test_other_programs(tmp_path: Path, url: str, commands: list[str]) -> None:
    runner = FakeRunner()
    run_fake(tmp_path, url, runner)
    assert len(runner.commands) == len(commands)
    for command, start in zip(runner.commands, commands, strict=True):
        assert " ".join(command).startswith(start)


def test_credentials_are_not_among_the_arguments_of_git(tmp_path: Path) -> None:
    runner = FakeRunner(lambda command: command[1] != "clone")
    with pytest.raises(SourceError) as caught:
        run_fake(tmp_path, "git+https://user:token@host/p.git@v1", runner)
    assert "token" not in str(runner.commands) + caught.value.message
    environ = runner.environs[0]
    assert environ["GIT_CONFIG_KEY_0"] == "url.https://user:token@host/p.git.insteadOf"
    assert environ["GIT_CONFIG_VALUE_0"] == "https://host/p.git"
    assert environ["GIT_TERMINAL_PROMPT"] == "0"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("git+https://host/p@", "names no branch"),
        ("git+https://host/p@--upload-pack=x", "begins with a hyphen"),
        ("git+ssh://-oProxyCommand=x/p", "begins with a hyphen"),
    ],
)
def test_references_that_are_not_safe(url: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_reference(url)


def test_a_reference_is_parsed() -> None:
    reference = parse_reference("git+ssh://git@host/o/p.git@feature/x%20y#subdirectory=a/b&egg=p")
    assert (reference.kind, reference.url) == ("git", "ssh://git@host/o/p.git")
    assert (reference.ref, reference.subdirectory) == ("feature/x y", "a/b")


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    def fail(command: Sequence[str]) -> bool:
        raise BuildscopeError("no such program")

    with pytest.raises(SourceError, match="needs the program hg"):
        run_fake(tmp_path, "hg+https://h/p", FakeRunner(fail))
