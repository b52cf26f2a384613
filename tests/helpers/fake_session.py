"""A scripted session: writes a real journal and real spools, one step at a time.

The test calls ``started()``, ``phase_started("get_requires")``, ``printed(...)``,
``phase_failed(...)`` in the order it wants; nothing sleeps and nothing is built. ``run`` and
``retry`` (what the debugger's thread calls) block until the test ends the attempt.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from buildscope.errors import Cancelled, UsageError
from buildscope.journal.reader import read_session
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.journal.writer import JournalWriter
from buildscope.model import events as ev
from buildscope.model.failure import Cause, Evidence, ExceptionRecord, Frame, Remedy, Warned
from buildscope.model.names import PHASES, Outcome, Phase, When, phase_index
from buildscope.model.run import (
    BackendFacts,
    Distribution,
    EnvironmentFacts,
    Interpreter,
    Metadata,
    Pause,
    PhaseRun,
    Progress,
)
from buildscope.model.settings import Request, Settings, changed
from buildscope.model.target import SourceFacts, Target
from buildscope.phases.gate import Gate
from buildscope.phases.touched import first_touched
from buildscope.process.handle import Handle
from buildscope.session.choices import Choices
from buildscope.session.kept_edits import keep_edit, keep_text
from buildscope.session.words import settings_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from buildscope.model.run import Attempt, SessionRecord
    from buildscope.model.waiting import ProcessState
    from buildscope.process.stop import Stop
    from buildscope.session.frame import FramePrompt

START = 1_700_000_000.0
PATIENCE = 30.0
DURATIONS = dict(zip(PHASES, (0.3, 0.02, 0.1, 0.9, 0.4, 0.2, 2.1, 26.4, 0.1), strict=True))


class FakeSession:
    """Satisfies ``SessionLike``; ``now`` is the clock that the journal's times come from."""

    def __init__(self, directory: Path, text: str = "flash-attn==2.5.0") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.target = Target(text=text, kind="requirement", requirement=text)
        self.now = START
        self.attempt = 0
        self.settings = Settings()
        self.calls: list[tuple[int | None, Settings]] = []
        self.requests: list[Request] = []
        self.gate = Gate()
        self.handle = Handle()
        self.prompt: FramePrompt | None = None
        self.drafts: dict[str, str] = {}
        self.made_ready = 0
        self.looked = 0
        self.processes: tuple[ProcessState, ...] = ()
        self.offered: Choices | None = None
        self.failure: BaseException | None = None
        self.stop: Stop | None = None
        self.called = threading.Event()
        self._ended = threading.Event()
        self._journal = JournalWriter(directory, Redactor({}))
        self._spool: Spool | None = None
        self._runs: dict[Phase, PhaseRun] = {}
        self._write(ev.SessionStarted(at=self.now, id="fake", target=self.target, buildscope="0"))

    # What the debugger calls

    def run(self, settings: Settings, stop: Stop) -> Attempt:
        return self._block(None, settings, stop)

    def retry(self, parent: int, request: Request, stop: Stop) -> Attempt:
        self.requests.append(request)
        return self._block(parent, request.settings, stop)

    def keep_edit(self, path: str, file: Path) -> str:
        self.drafts[path] = keep_edit(self.directory, path, file)
        return self.drafts[path]

    def keep_text(self, path: str, text: str) -> str:
        self.drafts[path] = keep_text(self.directory, path, text.encode())
        return self.drafts[path]

    @property
    def choices(self) -> Choices:
        return self.offered or Choices(environ={}, cwd=self.directory, cache=self.directory)

    def ready(self) -> None:
        self.made_ready += 1

    def look(self) -> tuple[ProcessState, ...]:
        self.looked += 1
        return self.processes

    def frame(self) -> FramePrompt:
        if self.prompt is None:
            raise UsageError("no failing frame is alive")
        return self.prompt

    def release(self) -> None:
        if self.prompt is not None:
            self.prompt.end()
        self.handle.release()

    def _block(self, parent: int | None, settings: Settings, stop: Stop) -> Attempt:
        self._ended.clear()
        self.stop = stop
        stop.subscribe(self._ended.set)
        self.calls.append((parent, settings))
        self.called.set()
        if not self._ended.wait(PATIENCE):
            raise TimeoutError("the test did not end the attempt")
        if self.failure is not None:
            raise self.failure
        last = self.record.last
        if last is None or last.outcome == "running":
            raise Cancelled("stopped")
        return last

    def finish(self, failure: BaseException | None = None) -> None:
        """Let ``run`` or ``retry`` return, or raise ``failure``."""
        self.failure = failure
        self._ended.set()

    @property
    def record(self) -> SessionRecord:
        return read_session(self.directory)

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()
        self._journal.close()

    # What the test writes

    def started(self, settings: Settings | None = None, *, parent: int | None = None) -> None:
        """Another attempt; phases before the first touched one are carried over."""
        self.attempt += 1
        self.settings = settings or Settings()
        first: Phase = "source"
        carried: dict[str, int] = {}
        label, change = settings_words(self.settings), changed(Settings(), self.settings)
        if parent is not None:
            before = self.record.attempt(parent)
            first = first_touched(before.settings, self.settings, before.failed_phase)
            carried = {name: run_from(before, name) for name in PHASES[: phase_index(first)]}
            label = words(before.settings, self.settings) or "again"
            change = changed(before.settings, self.settings)
        self._runs = {}
        self._write(
            ev.AttemptStarted(
                at=self.now,
                attempt=self.attempt,
                settings=self.settings,
                label=label,
                parent=parent,
                changed=change,
                first_phase=first,
                carried=carried,
            )
        )

    def phase_started(
        self,
        name: Phase,
        *,
        output: bool = True,
        call: str | None = None,
        reports: bool = False,
    ) -> Spool:
        """A phase begins, with files for its output, and one for what its hook does."""
        base = f"attempts/{self.attempt}/{name}"
        self._spool = Spool(self.directory / base, Redactor({}))
        run = PhaseRun(name=name, status="running", call=call)
        if reports:
            run = _replace(run, reports=f"{base}/reports.jsonl")
        if output:
            run = _replace(
                run, index=f"{base}/lines", stdout=f"{base}/stdout", stderr=f"{base}/stderr"
            )
        self._runs[name] = run
        self._write(ev.PhaseStarted(at=self.now, attempt=self.attempt, run=run))
        return self._spool

    def paused(self, phase: Phase, when: When = "before", why: str = "step") -> None:
        """The attempt waits at the session's gate, as the engine would make it."""
        self.gate.set_breaks(
            before={phase} if when == "before" else (), after={phase} if when == "after" else ()
        )
        assert self.gate.pause_at(phase, when) is not None
        self.gate.set_breaks(before=(), after=())
        pause = Pause(phase=phase, when=when, why=why)
        self._write(ev.Paused(at=self.now, attempt=self.attempt, pause=pause))

    def resumed(self) -> None:
        self._write(ev.Resumed(at=self.now, attempt=self.attempt))

    def printed(self, stdout: str = "", stderr: str = "") -> None:
        assert self._spool is not None
        self._spool.write("stdout", stdout.encode())
        self._spool.write("stderr", stderr.encode())

    def progressed(self, name: Phase, text: str, done: int | None, total: int | None) -> None:
        progress = Progress(text=text, done=done, total=total)
        self._write(ev.Progressed(at=self.now, attempt=self.attempt, phase=name, progress=progress))

    def phase_ended(self, name: Phase, status: str = "passed", **fields: Any) -> None:
        """The running phase ends after its usual time."""
        if name not in self._runs:
            self.phase_started(name)
        assert self._spool is not None
        self._spool.close()
        self.now += DURATIONS[name]
        run = _replace(
            self._runs[name],
            status=status,
            seconds=DURATIONS[name],
            stdout_lines=self._spool.counts["stdout"],
            stderr_lines=self._spool.counts["stderr"],
            **fields,
        )
        self._write(ev.PhaseEnded(at=self.now, attempt=self.attempt, run=run))

    def skipped(self, name: Phase) -> None:
        run = PhaseRun(name=name, status="skipped")
        self._write(ev.PhaseEnded(at=self.now, attempt=self.attempt, run=run))

    def warned(self, *warnings: Warned) -> None:
        for warning in warnings:
            self._write(ev.WarningRaised(at=self.now, warning=warning))

    def ended(
        self,
        outcome: Outcome,
        *causes: Cause,
        failed: Phase | None = None,
        artifact: str | None = None,
        seconds: float = 1.7,
    ) -> None:
        """The attempt ends, and so does what the debugger waits for."""
        if causes:
            self._write(ev.Diagnosed(at=self.now, attempt=self.attempt, causes=causes))
        self._write(
            ev.AttemptEnded(
                at=self.now,
                attempt=self.attempt,
                outcome=outcome,
                seconds=seconds,
                failed_phase=failed,
                artifact=artifact,
            )
        )
        self.finish()

    # Facts

    def source(self, name: str = "flash-attn", version: str = "2.5.0") -> None:
        facts = SourceFacts(
            origin="sdist from the index",
            tree="/t/src",
            project="/t/src",
            name=name,
            version=version,
            filename=f"{name}-{version}.tar.gz",
        )
        self._write(ev.SourceObtained(at=self.now, attempt=self.attempt, source=facts))

    def interpreter(self, version: str = "3.11.7") -> None:
        chosen = Interpreter(path="/usr/bin/python3", version=version, implementation="cpython")
        self._write(ev.InterpreterChosen(at=self.now, attempt=self.attempt, interpreter=chosen))

    def backend(self, *requires: str) -> None:
        facts = BackendFacts(
            backend="setuptools.build_meta:__legacy__",
            requires=requires or ("setuptools>=40.8.0",),
            legacy=True,
            reason="no [build-system] table, so the fallback of PEP 517",
        )
        self._write(ev.BackendChosen(at=self.now, attempt=self.attempt, backend=facts))

    def environment(self, **fields: Any) -> None:
        facts = EnvironmentFacts(path="/c/env", python="/c/env/bin/python", **fields)
        self._write(ev.EnvironmentReady(at=self.now, attempt=self.attempt, environment=facts))

    def installed(self, phase: Phase, *distributions: str) -> tuple[Distribution, ...]:
        """``name version`` each, now in the environment."""
        found = tuple(
            Distribution(name=name, version=version)
            for name, version in (text.split() for text in distributions)
        )
        self._write(ev.Installed(at=self.now, attempt=self.attempt, phase=phase, installed=found))
        return found

    def write(self, event: ev.Event) -> None:
        """As the engine writes what it has found out."""
        self._write(event)

    def _write(self, event: ev.Event) -> None:
        self._journal.write(event)

    # Whole stories

    def up_to_get_requires(self, *, extra: Sequence[str] = ()) -> None:
        """Phases 1 to 4 pass."""
        self.interpreter()
        self.phase_ended("source")
        self.source()
        self.phase_ended("static_requires")
        self.backend()
        self.environment(isolated=self.settings.isolation)
        self.phase_ended("environment")
        self.phase_started("install_static")
        self.printed(stderr="Resolved 1 package in 12ms\n + setuptools==84.2.1\n")
        found = self.installed("install_static", "setuptools 84.2.1", *extra)
        self.phase_ended("install_static", installed=found)

    def flash_attn_fails(self) -> None:
        """The first attempt of the mocks, up to its end."""
        self.started()
        self.up_to_get_requires()
        self.phase_started("get_requires")
        self.printed(stderr=TRACEBACK)
        self.phase_ended("get_requires", "failed", exit_code=1, exception=no_torch())
        self.ended("failed", torch_cause(self.attempt), failed="get_requires")

    def second_fails_further(self) -> None:
        """``+torch`` gets three phases further, where there is no compiler."""
        self.started(Settings(extra=("torch",)), parent=1)
        self.phase_started("install_static")
        found = self.installed("install_static", "setuptools 84.2.1", "torch 2.13.0")
        self.phase_ended("install_static", installed=found)
        for name in ("get_requires", "install_dynamic", "prepare_metadata"):
            self.phase_ended(name)
        self.phase_started("build_wheel")
        self.printed("running bdist_wheel\nrunning build_ext\n", "error: nvcc was not found\n")
        self.phase_ended("build_wheel", "failed", exit_code=1)
        self.ended("failed", nvcc_cause(self.attempt), failed="build_wheel")

    def builds(self, *, settings: Settings | None = None, parent: int | None = None) -> None:
        """An attempt that ends well, after ``started`` unless it was."""
        self.started(settings, parent=parent)
        carried = parent is not None
        for name in PHASES:
            if carried and self.record.attempt(self.attempt).phase(name).status == "carried":
                continue
            fields: dict[str, Any] = (
                {"metadata": METADATA} if name in {"prepare_metadata", "build_wheel"} else {}
            )
            self.phase_ended(name, **fields)
            if name == "source":
                self.source()
                self.interpreter()
                self.backend()
        self.ended("built", artifact="/home/u/dist/flash_attn-2.5.0-py3-none-any.whl", seconds=38)

    def built_but_wrong(self) -> None:
        """The Odoo addon with ``--skip get_requires``."""
        self.started(Settings(skip=("get_requires",)))
        for name in PHASES:
            if name == "get_requires":
                self.skipped(name)
                continue
            made_up = Metadata(
                fields=(("Name", "UNKNOWN"), ("Version", "0.0.0")), origin="prepare_metadata"
            )
            fields: dict[str, Any] = {"metadata": made_up} if name == "prepare_metadata" else {}
            self.phase_started(name)
            if name == "prepare_metadata":
                self.printed(stderr="a\nb\nUnknown distribution option: 'odoo_addon'\n")
            self.phase_ended(name, **fields)
            if name == "source":
                self.source("odoo-addon-mis-builder", "16.0.5.1.0")
                self.interpreter()
        self.warned(odoo_warning(self.attempt))
        self.ended("built", artifact="/home/u/dist/UNKNOWN-0.0.0-py3-none-any.whl")

    def compiles(self, lines: int = 12) -> Spool:
        """A second attempt that is busy in ``build_wheel``."""
        self.started(Settings(extra=("torch", "packaging")), parent=1)
        found = self.installed("install_static", "setuptools 84.2.1", "torch 2.13.0")
        self.phase_ended("install_static", installed=found)
        for name in ("get_requires", "install_dynamic", "prepare_metadata"):
            self.phase_ended(name)
        spool = self.phase_started("build_wheel")
        self.printed("running bdist_wheel\nrunning build\nrunning build_ext\n")
        self.printed("building 'flash_attn_2_cuda' extension\n")
        for number in range(lines):
            self.printed(
                f"[{number + 45}/85] /usr/local/cuda/bin/nvcc -O3 -std=c++17 -c "
                f"csrc/flash_attn/src/flash_bwd_hdim{number}_bf16_sm80.cu -o build/{number}.o\n"
            )
        self.printed(
            stderr="ptxas warning : Stack size for entry function cannot be statically "
            "determined\n" * 2
        )
        return spool


def run_from(attempt: Attempt, name: Phase) -> int:
    """The attempt that really ran a phase."""
    return attempt.phase(name).from_ or attempt.id


def _replace(run: PhaseRun, **fields: Any) -> PhaseRun:
    import msgspec

    return msgspec.structs.replace(run, **fields)


SETUP_PY = (
    "import urllib.request",
    "import urllib.error",
    "from wheel.bdist_wheel import bdist_wheel as _bdist_wheel",
    "",
    "import torch",
    "from torch.utils.cpp_extension import (",
    "    BuildExtension,",
    "    CppExtension,",
)
TRACEBACK = "".join(
    f'  File "/c/env/lib/python3.11/site-packages/setuptools/build_meta.py", line {n}, in f\n'
    f"    call_{n}()\n"
    for n in range(1, 15)
) + (
    '  File "/t/src/setup.py", line 19, in <module>\n    import torch\n'
    "ModuleNotFoundError: No module named 'torch'\n"
)
METADATA = Metadata(
    fields=(
        ("Metadata-Version", "2.1"),
        ("Name", "flash-attn"),
        ("Version", "2.5.0"),
        ("Requires-Python", ">=3.7"),
        ("Requires-Dist", "torch"),
        ("Requires-Dist", "einops"),
        ("Requires-Dist", "packaging"),
    )
)


def no_torch() -> ExceptionRecord:
    """The exception of the mocks, with its ten frames."""
    site = "/c/env/lib/python3.11/site-packages"
    frontend = tuple(
        Frame(
            file=f"{site}/pyproject_hooks/_in_process/_in_process.py",
            line=line,
            function=function,
            source=source,
            owner="frontend",
        )
        for line, function, source in (
            (353, "<module>", "main()"),
            (335, "main", "json_out['return_val'] = hook(**hook_input['kwargs'])"),
            (118, "get_requires_for_build_wheel", "return hook(config_settings)"),
        )
    )
    backend = tuple(
        Frame(
            file=f"{site}/setuptools/build_meta.py",
            line=300 + line,
            function=f"step_{line}",
            source=f"self.step_{line + 1}()",
            owner="backend",
        )
        for line in range(6)
    )
    project = Frame(
        file="setup.py",
        line=19,
        function="<module>",
        source="import torch",
        context=SETUP_PY,
        context_line=15,
        columns=(0, 12),
        locals={
            name: f"<module '{name}' from '/usr/lib/python3.11/{name}.py'>"
            for name in ("sys", "warnings", "os", "re", "ast", "Path", "parse", "Version")
        },
    )
    return ExceptionRecord(
        type="ModuleNotFoundError",
        message="No module named 'torch'",
        qualified="builtins.ModuleNotFoundError",
        frames=(*frontend, *backend, project),
    )


def torch_cause(attempt: int) -> Cause:
    """What a rule makes of it."""
    return Cause(
        id="undeclared-build-requirement",
        confidence="certain",
        attempt=attempt,
        summary="setup.py line 19 imports torch, which nothing declares",
        evidence=Evidence(
            phase="get_requires",
            stream="stderr",
            line=31,
            text="ModuleNotFoundError: No module named 'torch'",
        ),
        remedies=(
            Remedy(label="+torch", summary="add it to the build", settings={"extra": ["torch"]}),
            Remedy(
                label="isolation off",
                summary="~/ml/.venv has torch 2.13.0, setuptools 80.9.0",
                settings={"isolation": False},
            ),
            Remedy(summary="edit setup.py: import torch only where it is used"),
        ),
    )


def nvcc_cause(attempt: int) -> Cause:
    return Cause(
        id="missing-program",
        confidence="likely",
        attempt=attempt,
        summary="nvcc was not found: CUDA_HOME is not set",
        evidence=Evidence(
            phase="build_wheel", stream="stderr", line=1, text="error: nvcc was not found"
        ),
        remedies=(
            Remedy(
                label="CUDA_HOME=/usr/local/cuda-12.4",
                summary="found on this machine",
                settings={"env": {"CUDA_HOME": "/usr/local/cuda-12.4"}},
            ),
            Remedy(summary="install nvcc: cuda-nvcc-12-4 (apt), cuda-nvcc (conda)"),
        ),
    )


def odoo_warning(attempt: int) -> Warned:
    return Warned(
        id="default-version",
        attempt=attempt,
        summary="setuptools made up the version 0.0.0",
        reason="get_requires was skipped (--skip), so setuptools-odoo was never installed",
        evidence=Evidence(
            phase="prepare_metadata",
            stream="stderr",
            line=3,
            text="Unknown distribution option: 'odoo_addon'",
        ),
        remedies=(
            Remedy(
                label="run get_requires",
                summary="ask the backend, install setuptools-odoo",
                settings={"skip": []},
            ),
            Remedy(label="+setuptools-odoo", summary="install it by hand"),
        ),
    )
