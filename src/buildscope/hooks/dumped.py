"""A stack as ``faulthandler`` writes it, which it does where Python can run no handler."""

from __future__ import annotations

import linecache
import os
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.model.failure import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.names import Owner

_HEAD: Final = "Stack ("
_FRAME: Final = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)')
_ESCAPED: Final = re.compile(
    r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))"
)  # what is not ASCII is written so (traceback.c, _Py_DumpASCII)
_INSIDE: Final = str(PurePath(__file__).parent.parent / "inside")
_HANDLER: Final = "stack"
_LIBRARY: Final = re.compile(r"/lib(?:64)?/python3\.\d+/(?!site-packages/|dist-packages/)")
_FRONTEND: Final = re.compile(r"/pyproject_hooks/_in_process/")
_SETUP_PY: Final = ("setuptools/build_meta.py", "run_setup")


class Dump:
    """Takes the lines of one dump after the other; ``project`` is the directory of the hook."""

    def __init__(self, project: Path) -> None:
        self._roots = [f"{root}{os.sep}" for root in (project, os.path.realpath(project))]
        self._frames: list[Frame] = []
        self._new = False

    def take(self, line: str) -> None:
        """Take in a line, which may be none of a dump."""
        if line.startswith(_HEAD):
            self._frames.clear()
        found = _FRAME.fullmatch(line)
        if found is not None:
            self._frames.append(
                self._frame(_unescaped(found["file"]), int(found["line"]), found["function"])
            )
            self._new = True

    def frames(self) -> tuple[Frame, ...]:
        """The dump so far, the outermost call first; nothing when it was asked for already."""
        if not self._new:
            return ()
        self._new = False
        return tuple(reversed(self._mapped()))

    def _mapped(self) -> list[Frame]:
        """With setup.py in the place of ``<string>``, where setuptools runs it."""
        file, function = _SETUP_PY
        frames = self._asked()
        for at, frame in enumerate(frames):
            if frame.function == function and frame.file.endswith(file):
                inner = [self._of_setup_py(it) for it in frames[:at]]
                return [*inner, *frames[at:]]
        return frames

    def _asked(self) -> list[Frame]:
        """The frames without those that were answering an earlier question."""
        answering = [
            at
            for at, frame in enumerate(self._frames)
            if frame.function == _HANDLER and frame.file.startswith(_INSIDE)
        ]
        return self._frames[answering[-1] + 1 if answering else 0 :]

    def _of_setup_py(self, frame: Frame) -> Frame:
        if frame.file != "<string>":
            return frame
        source = _source(f"{self._roots[0]}setup.py", frame.line)
        return msgspec.structs.replace(frame, file="setup.py", source=source, owner="project")

    def _frame(self, file: str, line: int, function: str) -> Frame:
        shown, owner = self._placed(file)
        return Frame(
            file=shown, line=line, function=function, source=_source(file, line), owner=owner
        )

    def _placed(self, file: str) -> tuple[str, Owner]:
        for root in self._roots:
            if file.startswith(root):
                return file.removeprefix(root), "project"
        if file.startswith(_INSIDE) or _FRONTEND.search(file):
            return file, "frontend"
        if _LIBRARY.search(file) or file.startswith("<frozen "):
            return file, "stdlib"
        return file, "backend"


def _source(file: str, line: int) -> str:
    linecache.checkcache(file)
    return linecache.getline(file, line).strip()


def _unescaped(file: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int("".join(filter(None, found.groups())), 16)), file)
