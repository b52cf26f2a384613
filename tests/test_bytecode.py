from __future__ import annotations

import importlib.util
import os
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.environments import bytecode
from buildscope.environments.inventory import installed
from buildscope.errors import UsageError
from tests.helpers.installing import Workbench
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from buildscope.environments.model import BuildEnvironment

SOURCES = {
    "lib/__init__.py": "from lib import part\n",
    "lib/part.py": "VALUE = 'published'\n",
    "lib/unused.py": "x = 1\n",
    "lib/broken.py": "print 'two'\n",
    "lib/deep/er.py": "y = 2\n",
}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    bench = Workbench(tmp_path, tmp_path / "cache")
    write_wheel(bench.links, "lib", modules=SOURCES)
    return bench


def with_lib(bench: Workbench, python: str | None = None) -> BuildEnvironment:
    environment = bench.environment(python)
    assert bench.install(environment, ["lib"]).ok, bench.output
    return environment


def use(environment: BuildEnvironment, code: str = "import lib", *, writing: bool = True) -> str:
    """Run code in the environment, as a hook does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if not writing:
        environ["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [environment.python, "-c", code]
    return subprocess.run(
        command, env=environ, check=True, capture_output=True, text=True
    ).stdout.strip()


def site(environment: BuildEnvironment) -> Path:
    return Path(environment.site_packages[0])


def compiled(environment: BuildEnvironment) -> list[str]:
    return sorted(
        path.name.partition(".")[0] for path in (site(environment) / "lib").rglob("*.pyc")
    )


def packs(bench: Workbench) -> list[Path]:
    return sorted((bench.cache / "bytecode").glob("*/*"))


def harvested(bench: Workbench) -> BuildEnvironment:
    first = with_lib(bench)
    use(first)
    assert bytecode.harvest(first, bench.cache) == 2
    return first


def test_what_was_imported_is_there_in_the_next_environment(bench: Workbench) -> None:
    first = harvested(bench)
    assert bytecode.harvest(first, bench.cache) == 0
    second = with_lib(bench)
    assert bytecode.seed(second, bench.cache) == 2
    assert compiled(second) == ["__init__", "part"]
    source = importlib.util.source_hash(SOURCES["lib/part.py"].encode())
    raw = next((site(second) / "lib" / "__pycache__").glob("part.*.pyc")).read_bytes()
    assert raw[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(raw[4:8], "little") == 0b11
    assert raw[8:16] == source


def test_seeded_bytecode_is_used(bench: Workbench) -> None:
    harvested(bench)
    second = with_lib(bench)
    bytecode.seed(second, bench.cache)
    code = "import sys, lib.part; print(lib.part.__cached__); print(lib.part.VALUE)"
    assert use(second, code, writing=False).endswith("published")
    trace = "import lib.part, lib; print(lib.part.__loader__.get_code('lib.part').co_filename)"
    assert use(second, trace, writing=False) == str(site(second) / "lib" / "part.py")


def test_an_edited_source_counts_at_once(bench: Workbench) -> None:
    harvested(bench)
    second = with_lib(bench)
    bytecode.seed(second, bench.cache)
    (site(second) / "lib" / "part.py").write_text("VALUE = 'edited___'\n", "utf-8")
    assert use(second, "import lib.part; print(lib.part.VALUE)") == "edited___"


def test_an_edited_source_is_never_kept(bench: Workbench) -> None:
    first = with_lib(bench)
    (site(first) / "lib" / "part.py").write_text("VALUE = 'edited'\n", "utf-8")
    use(first)
    assert bytecode.harvest(first, bench.cache) == 1
    second = with_lib(bench)
    bytecode.seed(second, bench.cache)
    assert use(second, "import lib.part; print(lib.part.VALUE)") == "published"


def test_what_a_hook_writes_as_bytecode_reaches_no_other_build(bench: Workbench) -> None:
    first = with_lib(bench)
    forged = (
        "import importlib._bootstrap_external as b, importlib.util as u, os, lib.part as p\n"
        "source = open(p.__file__, 'rb').read()\n"
        "code = compile('VALUE = \"forged\"', p.__file__, 'exec')\n"
        "os.makedirs(os.path.dirname(p.__cached__), exist_ok=True)\n"
        "open(p.__cached__, 'wb').write(b._code_to_hash_pyc(code, u.source_hash(source), True))\n"
    )
    use(first, forged)
    assert use(first, "import lib.part; print(lib.part.VALUE)") == "forged"
    bytecode.harvest(first, bench.cache)
    second = with_lib(bench)
    assert bytecode.seed(second, bench.cache)
    assert use(second, "import lib.part; print(lib.part.VALUE)") == "published"


def test_key_does_not_depend_on_the_installer(bench: Workbench) -> None:
    harvested(bench)
    environment = bench.environment()
    assert bench.install(environment, ["lib"], bench.settings(installer="pip")).ok, bench.output
    assert bytecode.seed(environment, bench.cache) == 2


def test_files_that_are_there_are_left_alone(bench: Workbench) -> None:
    first = harvested(bench)
    assert bytecode.seed(first, bench.cache) == 0


def test_environments_share_no_file(bench: Workbench) -> None:
    harvested(bench)
    second, third = with_lib(bench), with_lib(bench)
    for environment in (second, third):
        bytecode.seed(environment, bench.cache)
    for path in (site(second) / "lib").rglob("*.pyc"):
        assert path.lstat().st_nlink == 1
        path.write_bytes(b"garbage")
    assert use(third, "import lib.part; print(lib.part.VALUE)") == "published"


def test_a_damaged_pack_is_as_none(bench: Workbench) -> None:
    harvested(bench)
    (pack,) = packs(bench)
    pack.write_bytes(pack.read_bytes()[:-7])
    second = with_lib(bench)
    assert bytecode.seed(second, bench.cache) == 0
    use(second)
    assert bytecode.harvest(second, bench.cache) == 2
    assert bytecode.seed(with_lib(bench), bench.cache) == 2


def test_a_pack_cannot_write_elsewhere(bench: Workbench) -> None:
    harvested(bench)
    (pack,) = packs(bench)
    pack.write_bytes(msgspec.msgpack.encode({"../../evil.py": b"x", "lib/other.py": b"x"}))
    assert bytecode.seed(with_lib(bench), bench.cache) == 0


def test_record_that_points_outside_is_ignored(bench: Workbench) -> None:
    environment = with_lib(bench)
    record = Path(installed(environment.site_packages)["lib"].info, "RECORD")
    record.write_text(
        record.read_text("utf-8") + "../../evil.py,sha256=x,1\n/abs.py,sha256=x,1\n", "utf-8"
    )
    use(environment)
    assert bytecode.harvest(environment, bench.cache) == 2
    record.unlink()
    assert bytecode.seed(environment, bench.cache) == 0


def test_more_is_added_to_a_pack(bench: Workbench) -> None:
    harvested(bench)
    second = with_lib(bench)
    bytecode.seed(second, bench.cache)
    use(second, "import lib.deep.er, lib.unused")
    assert bytecode.harvest(second, bench.cache) == 2
    third = with_lib(bench)
    assert bytecode.seed(third, bench.cache) == 4
    assert len(packs(bench)) == 1


def test_several_at_once(bench: Workbench) -> None:
    environments = [with_lib(bench) for _ in range(3)]
    for environment in environments:
        use(environment)
    threads = [
        threading.Thread(target=bytecode.harvest, args=(environment, bench.cache))
        for environment in environments
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in packs(bench) if path.name.startswith(".")] == []
    assert bytecode.seed(with_lib(bench), bench.cache) == 2


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "bytecode" / "tag-magic"
    folder.mkdir(parents=True)
    for number, name in enumerate(("old", "middle", "new")):
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (number, number))
    bytecode.prune(tmp_path, limit=250)
    assert sorted(path.name for path in folder.iterdir()) == ["middle", "new"]
    bytecode.prune(tmp_path, limit=0)
    assert list(folder.iterdir()) == []


def test_interpreters_do_not_share(bench: Workbench) -> None:
    harvested(bench)
    try:
        other = with_lib(bench, "3.9")
    except UsageError:
        pytest.skip("there is no Python 3.9")
    assert bytecode.seed(other, bench.cache) == 0
    use(other)
    assert bytecode.harvest(other, bench.cache) == 2
    assert bytecode.seed(with_lib(bench, "3.9"), bench.cache) == 2
