"""What a hook did, as the inspector sees it, on the oldest and the newest Python."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from buildscope.journal.deeds import DeedReader, read_deeds
from buildscope.journal.redact import MASK
from buildscope.model.did import Command, Connected, Opened, Resolved, Sought
from tests.helpers.procs import NEWEST, OLDEST, PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from buildscope.model.did import Deed

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks, signals and shells of POSIX")
old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]], ids=str)
CODES = {
    "run": 3,
    "wait": 3,
    "poll": 3,
    "communicate": 0,
    "with_": 3,
    "timed_out": 1,
    "subclass": 3,
    "copied": 3,
    "shell": 4,
    "system": 5,
    "popen": 6,
    "asynchronous": 3,
    "posix_spawn": 3,
    "fork_and_exec": 3,
    "multiprocess": 3,
    "not_found": None,
    "killed": -9,
}
RESULTS = {
    "run": ["3"],
    "wait": ["3"],
    "poll": ["3", "3", "3"],
    "communicate": ["text", "0"],
    "with_": ["None", "3", "True"],
    "timed_out": ["None", "1"],
    "subclass": ["103", "3", "mine"],
    "copied": ["3"],
    "not_found": ["not found"],
    "not_found_by_spawn": ["not found"],
    "killed": ["-9"],
}
D = TypeVar("D")


class Did(Protocol):
    def __call__(
        self, do: str, python: str, *, inspect: bool = True
    ) -> tuple[list[str], tuple[Deed, ...]]: ...


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def did(lab: Lab, tmp_path: Path) -> Did:
    """Calls the hook that does what it is told; what it returned, and what was seen of it."""
    project = Path(shutil.copytree(PROJECTS / "busy", tmp_path / "project"))
    (project / "sub").mkdir()
    site = tmp_path / "env"
    site.mkdir()
    (project / "optional.py").rename(site / "optional.py")
    (outside := tmp_path / "outside").mkdir()
    (outside / "read").write_text("x")
    env = {"GONE": "x", "OUTSIDE": str(outside), "PYTHONPATH": str(site)}

    def call(do: str, python: str, *, inspect: bool = True) -> tuple[list[str], tuple[Deed, ...]]:
        outcome = lab.hook(
            kwargs={"config_settings": {"do": do}},
            project=project,
            backend="busy",
            python=python,
            env=env,
            environment_paths=(str(site),),
            inspect=inspect,
        )
        assert outcome.exception is None
        assert outcome.faults == ()
        return outcome.result, read_deeds(lab.evidence / "reports.jsonl")

    return call


def of(kind: type[D], deeds: tuple[Deed, ...]) -> list[D]:
    return [deed for deed in deeds if isinstance(deed, kind)]


@old_and_new
@pytest.mark.parametrize("do", CODES)
def test_a_command_is_seen_once_from_its_start_to_its_end(did: Did, do: str, python: str) -> None:
    _, deeds = did(do, python)
    (command,) = of(Command, deeds)
    assert command.end is not None
    assert command.end.code == CODES[do]
    assert command.by is not None
    assert (command.by.file, command.by.owner) == ("busy.py", "project")
    assert command.by.source.strip()


@old_and_new
@pytest.mark.parametrize("do", RESULTS)
def test_a_hook_sees_what_it_would_see_without(did: Did, do: str, python: str) -> None:
    assert did(do, python)[0] == RESULTS[do] == did(do, python, inspect=False)[0]


@old_and_new
def test_the_line_that_started_a_command_is_told(did: Did, python: str) -> None:
    (command,) = of(Command, did("run", python)[1])
    assert command.by is not None
    assert command.by.function == "run"
    assert command.by.source == "return [subprocess.run(FAIL, check=False).returncode]"
    assert command.start.argv[1:] == ("-c", "raise SystemExit(3)")
    assert command.end is not None
    assert command.end.seconds is not None
    assert 0 < command.end.seconds < 60


@old_and_new
def test_directory_and_variables_of_a_command_are_told(did: Did, python: str) -> None:
    first, second = of(Command, did("changed", python)[1])
    assert Path(first.start.cwd).name == "sub"
    assert first.start.environ == {"ADDED": "a b", "MY_TOKEN": MASK, "GONE": None}
    assert second.start.environ == {"LATER": "too"}
    assert second.start.argv[-1] == MASK


@old_and_new
def test_variables_of_a_process_that_is_spawned_by_itself(did: Did, python: str) -> None:
    (command,) = of(Command, did("posix_spawn", python)[1])
    changes = command.start.environ
    assert changes.pop("ONLY") == "this"
    assert set(changes.values()) == {None}
    assert "PATH" in changes


@old_and_new
def test_a_fork_that_becomes_a_program_is_told_with_its_variables(did: Did, python: str) -> None:
    (command,) = of(Command, did("fork_and_exec", python)[1])
    assert command.start.environ == {"CHILD": "yes"}
    assert not command.start.cut


@old_and_new
def test_a_long_command_of_a_fork_is_cut_and_says_so(did: Did, python: str) -> None:
    (command,) = of(Command, did("fork_and_exec_of_much", python)[1])
    assert command.start.cut
    assert command.start.argv[1:3] == ("-c", "raise SystemExit(3)")


@old_and_new
def test_commands_of_threads_keep_their_own_ends(did: Did, python: str) -> None:
    commands = of(Command, did("threads", python)[1])
    assert len({command.start.id for command in commands}) == 8
    assert [command.end is not None and command.end.code for command in commands] == [3] * 8


@old_and_new
def test_a_program_that_is_not_there_did_not_run(did: Did, python: str) -> None:
    (command,) = of(Command, did("not_found_by_spawn", python)[1])
    assert command.end is None or command.end.code is None


@old_and_new
def test_connections_and_host_names(did: Did, python: str) -> None:
    (port,), deeds = did("connect", python)
    assert [(it.host, it.port) for it in of(Connected, deeds)] == [("127.0.0.1", int(port))]
    resolved = of(Resolved, did("resolve", python)[1])
    assert [(it.host, it.port) for it in resolved] == [("localhost", "80")]


@old_and_new
def test_files_elsewhere_are_told_and_those_of_the_tree_are_not(did: Did, python: str) -> None:
    opened = of(Opened, did("files", python)[1])
    assert [(Path(it.path).name, it.writing) for it in opened] == [
        ("read", False),
        ("written", True),
    ]


@old_and_new
def test_trying_out_where_temporary_files_go_is_not_told(did: Did, python: str) -> None:
    assert did("temporary", python)[1] == ()


@old_and_new
def test_modules_that_nobody_has_are_told_once_with_who_sought_them(did: Did, python: str) -> None:
    sought = of(Sought, did("imports", python)[1])
    owners = [(it.name, it.by and it.by.owner, it.led_by and it.led_by.file) for it in sought]
    assert owners == [
        ("no_such_project_module", "project", None),
        ("no_such_backend_module", "backend", None),
    ]


def test_what_is_written_is_read_as_it_comes(tmp_path: Path) -> None:
    file = tmp_path / "reports.jsonl"
    reader = DeedReader(file)
    assert not reader.refresh()
    start = '{"event":"spawned","at":1.0,"id":"a","argv":["true"],"cwd":"/"}\n'
    file.write_text(start + '{"event":"exited","at":2.0,')
    assert reader.refresh()
    (command,) = of(Command, reader.deeds)
    assert command.end is None
    version = reader.version
    with file.open("a") as more:
        more.write('"id":"a","code":1}\n{"event":"fault","text":"x"}\nnonsense\n')
    assert reader.refresh()
    (command,) = of(Command, reader.deeds)
    assert command.failed
    assert reader.version == version + 1
    assert not reader.refresh()
