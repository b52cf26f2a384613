"""The user's shell and other programs that have the terminal for themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from buildscope.process.foreground import run_foreground
from buildscope.session.shell import banner, chosen_shell, run_shell
from buildscope.session.states import Entered

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells of POSIX")
SH = "/bin/sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a ``bash``, a ``zsh`` and the like that do nothing."""
    for name in ("bash", "zsh", "fish", "ksh"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_the_prompt_says_where_one_is_and_no_file_of_the_users_moves_path(programs: Path) -> None:
    def command(name: str) -> tuple[str, ...]:
        shell = chosen_shell({"SHELL": str(programs / name)}, "#1 after build_wheel")
        assert shell.command[0] == str(programs / name)
        assert "#1 after build_wheel" in " ".join((*shell.command, *shell.variables.values()))
        assert bool(shell.words) == (name != "ksh")
        return shell.command[1:]

    assert command("bash") == ("--norc", "--noprofile")
    assert command("zsh") == ("-f",)
    assert command("fish")[:2] == ("--no-config", "-C")
    assert command("ksh") == ()


def test_options_of_shell_stay(programs: Path) -> None:
    shell = chosen_shell({"SHELL": f"'{programs}/bash' -i"}, "x")
    assert shell.command == (str(programs / "bash"), "-i", "--norc", "--noprofile")


@pytest.mark.parametrize("named", ["", " ", None])
def test_sh_where_none_is_named(named: str | None) -> None:
    shell = chosen_shell({} if named is None else {"SHELL": named}, "x")
    assert (shell.command, shell.words) == (("sh",), ())


@pytest.mark.parametrize("named", ["/nowhere/zsh", "'unbalanced"])
def test_sh_where_the_named_one_is_not_there(named: str) -> None:
    shell = chosen_shell({"SHELL": named}, "x")
    assert shell.command == ("sh",)
    assert "which is not there: this is sh" in shell.words[0]


def test_the_banner_says_all_and_nothing_that_acts_on_the_terminal() -> None:
    entered = Entered(
        directory="/work/\x1b[31mred",
        environ={},
        python="/env/bin/python",
        words=("input is your terminal",),
        live=True,
        title="#1 after build_wheel",
        repeat="(cd /work)",
    )
    assert banner(entered, ("more",)).splitlines() == [
        "buildscope: #1 after build_wheel",
        "  in      /work/red",
        "  python  /env/bin/python",
        "  note    input is your terminal",
        "  note    more",
        '  repeat  sh -c "$BUILDSCOPE_REPEAT"',
        "  exit (or ctrl-d) goes back",
    ]


def test_the_hook_is_repeated_by_a_variable_of_the_shell(
    programs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (programs / "ksh").write_text('#!/bin/sh\nsh -c "$BUILDSCOPE_REPEAT"\n')
    entered = Entered(
        directory=str(programs),
        environ={"PATH": os.environ["PATH"], "A": "'b'"},
        python="python",
        words=(),
        live=True,
        title="#1 after build_wheel",
        repeat="(echo \"$A $PWD\" && printf 'it\\n')",
    )
    assert run_shell(entered, {"SHELL": str(programs / "ksh")}) == 0
    out, err = capfd.readouterr()
    assert out == f"'b' {programs}\nit\n"
    assert err.startswith("buildscope: #1 after build_wheel\n")


def test_a_program_runs_where_and_with_what_is_said(tmp_path: Path) -> None:
    command = [SH, "-c", 'echo "$A $PWD" > said; exit 3']
    assert run_foreground(command, cwd=tmp_path, env={"A": "b"}) == 3
    assert (tmp_path / "said").read_text() == f"b {tmp_path}\n"


def test_a_program_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_foreground([str(tmp_path / "none")])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_keys_that_signal_end_the_program_and_not_us(number: signal.Signals) -> None:
    """ctrl+c goes to all in the foreground: the program may take it or not, we never do."""
    before = signal.getsignal(number)
    assert run_foreground([SH, "-c", f"kill -{number} $PPID; exit 5"]) == 5
    assert run_foreground([SH, "-c", f"kill -{number} $$"]) == -number
    assert signal.getsignal(number) is before


TAKEN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from buildscope.process.foreground import run_foreground
steal = '''
import os, signal, termios
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.setpgid(0, 0)
os.tcsetpgrp(0, os.getpgrp())
mode = termios.tcgetattr(0)
mode[3] &= ~(termios.ECHO | termios.ICANON)
termios.tcsetattr(0, termios.TCSANOW, mode)
os.kill(os.getpid(), signal.SIGKILL)
'''
print("ended", run_foreground([sys.executable, "-c", steal]), flush=True)
print("group", os.tcgetpgrp(0) == os.getpgrp(), flush=True)
print("typed", input(), flush=True)
"""


def test_the_terminal_is_as_before_whatever_the_program_did_to_it() -> None:
    """A killed shell leaves the foreground to nobody; who then reads would be stopped."""
    import pty

    master, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", TAKEN], stdin=follower, stdout=follower, start_new_session=True
    )
    os.close(follower)
    said = _read_until(master, "group True")
    os.write(master, b"hello\n")
    said += _read_until(master, "typed hello")
    assert child.wait(30) == 0
    os.close(master)
    assert said.split("\r\n")[:3] == ["ended -9", "group True", "hello"], "it echoes again"


def _read_until(master: int, text: str) -> str:
    said = ""
    while text not in said:
        said += os.read(master, 1).decode()
    return said + os.read(master, 2).decode()
