"""Bytecode of build requirements, kept between builds so that no hook compiles it again.

Fresh environments get *checked-hash* files (PEP 552): those survive copying and are never
used for a source that was edited. One pack holds what is known of one distribution for one
interpreter; its key is a hash over the paths and hashes of the ``.py`` files in ``RECORD``.

What hooks left in an environment only tells which modules are worth keeping. The bytecode
itself is compiled here, in a process of its own, from sources that have the hash which
``RECORD`` names: nothing that a hook or a person wrote into an environment leaves it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.environments.facts import interpreter_facts
from buildscope.environments.inventory import installed
from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from buildscope.environments.model import BuildEnvironment

LARGEST_CACHE = 256 << 20
"""Bytes of packs kept; the least recently used ones go first."""
_WITHIN = 120.0
_COMPILER = """
import os, py_compile, sys
mode = py_compile.PycInvalidationMode.CHECKED_HASH
for number, line in enumerate(sys.stdin.buffer.read().split(b"\\0")):
    try:
        py_compile.compile(os.fsdecode(line), cfile=os.path.join(sys.argv[1], str(number)),
                           doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, OSError, ValueError, RecursionError):
        pass
"""


class Modules(Record, frozen=True):
    """The ``.py`` files of an installed distribution, by path below ``root``, with hashes."""

    root: str
    hashes: dict[str, str]

    @property
    def key(self) -> str:
        """The same for the same sources, whichever installer put them there."""
        lines = sorted(f"{path},{digest}" for path, digest in self.hashes.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def seed(environment: BuildEnvironment, cache: Path) -> int:
    """Put what is known into ``__pycache__`` of a fresh environment; the number of files."""
    packs = _packs(environment, cache)
    if packs is None:
        return 0
    written = 0
    for modules in _distributions(environment):
        pack = packs.directory / modules.key
        for relative, compiled in _read(pack).items():
            if relative in modules.hashes:
                written += _put(_compiled_path(modules, relative, packs.tag), compiled)
    return written


def harvest(environment: BuildEnvironment, cache: Path) -> int:
    """Keep bytecode of modules that hooks imported and no pack has; the number of new ones.

    Sources that differ from ``RECORD`` are left out. Safe beside other processes, and
    killed at any instant it leaves the packs as they were.
    """
    packs = _packs(environment, cache)
    if packs is None:
        return 0
    gained = 0
    for modules in _distributions(environment):
        pack = packs.directory / modules.key
        imported = [path for path in modules.hashes if _imported(modules, path, packs.tag)]
        known = _read(pack)
        sources = _sources(modules, [path for path in imported if path not in known])
        new = compile_checked(environment.interpreter.path, list(sources))
        if new:
            _write(pack, {**known, **{sources[path]: code for path, code in new.items()}})
            gained += len(new)
    if gained:
        prune(cache)
    return gained


def compile_checked(python: str, sources: Sequence[Path]) -> dict[Path, bytes]:
    """Checked-hash bytecode by source, compiled by ``python``; what has errors is left out."""
    if not sources:
        return {}
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [python, "-I", "-S", "-B", "-c", _COMPILER, directory],
            input=b"\0".join(os.fsencode(source) for source in sources),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            timeout=_WITHIN,
            check=False,
        )
        return {
            sources[int(made.name)]: made.read_bytes()
            for made in Path(directory).iterdir()
            if made.name.isdigit()
        }


def prune(cache: Path, limit: int = LARGEST_CACHE) -> None:
    """Remove the least recently used packs until those left are ``limit`` bytes or less."""
    packs = []
    for path in (cache / "bytecode").glob("*/*"):
        try:
            found = path.stat()
        except OSError:
            continue
        packs.append((found.st_mtime_ns, found.st_size, path))
    total = sum(size for _, size, _ in packs)
    for _, size, path in sorted(packs):
        if total <= limit:
            return
        path.unlink(missing_ok=True)
        total -= size


class _Packs(Record, frozen=True):
    directory: Path
    tag: str


def _packs(environment: BuildEnvironment, cache: Path) -> _Packs | None:
    """``None`` for an interpreter that keeps no bytecode (PEP 3147: it has no tag)."""
    facts = interpreter_facts(environment.interpreter.path, cache=cache)
    if not facts.cache_tag:
        return None
    return _Packs(
        directory=cache / "bytecode" / f"{facts.cache_tag}-{facts.magic}", tag=facts.cache_tag
    )


def _distributions(environment: BuildEnvironment) -> Iterator[Modules]:
    for distribution in installed(environment.site_packages).values():
        info = Path(distribution.info)
        hashes = _recorded(info / "RECORD")
        if hashes:
            yield Modules(root=str(info.parent), hashes=hashes)


def _recorded(record: Path) -> dict[str, str]:
    """Path and hash of the ``.py`` files below the directory of ``record``."""
    try:
        rows = list(csv.reader(record.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return {
        row[0]: row[1].removeprefix("sha256=")
        for row in rows
        if len(row) == 3
        and row[0].endswith(".py")
        and row[1].startswith("sha256=")
        and not row[0].startswith(("../", "/"))
        and "/../" not in row[0]
    }


def _compiled_path(modules: Modules, relative: str, tag: str) -> Path:
    folder, _, name = relative.rpartition("/")
    return Path(modules.root, folder, "__pycache__", f"{name[:-3]}.{tag}.pyc")


def _imported(modules: Modules, relative: str, tag: str) -> bool:
    return _compiled_path(modules, relative, tag).exists()


def _sources(modules: Modules, relatives: Iterable[str]) -> dict[Path, str]:
    """Those whose content is still what ``RECORD`` says."""
    found = {}
    for relative in relatives:
        path = Path(modules.root, relative)
        try:
            digest = hashlib.sha256(path.read_bytes()).digest()
        except OSError:
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == modules.hashes[relative]:
            found[path] = relative
    return found


def _put(path: Path, content: bytes) -> int:
    """Write a file that is not there; 1 when it was written."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, flags, 0o644)
    except OSError:
        return 0
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return 1


def _read(pack: Path) -> dict[str, bytes]:
    try:
        raw = pack.read_bytes()
        os.utime(pack)
        return msgspec.msgpack.decode(raw, type=dict[str, bytes])
    except (OSError, msgspec.MsgspecError):
        return {}


def _write(pack: Path, content: dict[str, bytes]) -> None:
    pack.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=pack.parent, prefix=".", delete=False) as temporary:
        temporary.write(msgspec.msgpack.encode(content))
    Path(temporary.name).replace(pack)
