"""What a hook may have done, for tests of what is told of it."""

from __future__ import annotations

from buildscope.model.did import Call, Command, Exited, Spawned

SETUP = Call(file="setup.py", line=3, function="<module>", source="setup(")
BASE = Call(
    file="/e/lib/python3.11/site-packages/setuptools/base.py",
    line=1177,
    function="call",
    owner="backend",
    source="subprocess.check_call(cmd)",
)
FLAGS = ("-Wall", "-O2", "-I/usr/include/python3.11")


def gcc(name: str, code: int | None = 0, *, id: str = "1", at: float = 1.0) -> Command:  # noqa: A002
    start = Spawned(
        at=at,
        id=id,
        argv=("/usr/bin/gcc", *FLAGS, "-c", f"{name}.c", "-o", f"{name}.o"),
        cwd="/t/src",
        environ={"PLAT": "linux", "GONE": None},
        by=BASE,
        led_by=SETUP,
    )
    return Command(start=start, end=Exited(at=at + 0.5, id=id, code=code, seconds=0.5))
