"""Distributions that remedies offer, checked against the index."""

from __future__ import annotations

import io
import os
import re
import threading
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from packaging.requirements import Requirement

from buildscope.configuration.index import index_configuration
from buildscope.diagnosis.remedies import extra, remedy
from buildscope.errors import Cancelled, SourceError
from buildscope.model.failure import Cause, Evidence, Remedy
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.session.vetted import Checked, vetted
from buildscope.session.vetting import NO_ANSWER, OFFLINE, check, vet
from buildscope.sources.distributions import Catalogue
from buildscope.sources.wheels import Contents, Offer, contents_of, importable
from tests.helpers.local_index import local_index, tar_bytes
from tests.helpers.wheels import write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from buildscope.sources.client import IndexClient

PYTHON = "3.11.7"


def cause(module: str, *remedies: Remedy, confidence: str = "certain", summary: str = "") -> Cause:
    return Cause(
        id="undeclared-build-requirement",
        confidence=confidence,  # type: ignore[arg-type]
        attempt=1,
        summary=summary or f"setup.py line 1 imports {module}, which nothing declares",
        evidence=Evidence(
            phase="get_requires", text=f"ModuleNotFoundError: No module named '{module}'"
        ),
        remedies=remedies,
    )


def offer(name: str, *members: str, size: int = 1000, **more: Any) -> Checked:
    contents = importable(members, size) if members else None
    return Checked(offer=Offer(name=name, version="1.0", contents=contents, **more))


def told(causes: tuple[Cause, ...]) -> list[tuple[str, str]]:
    return [(one.label, one.summary) for one in causes[0].remedies]


# What a wheel holds.


@pytest.mark.parametrize(
    ("members", "module", "held"),
    [
        (["cv2/__init__.py"], "cv2", True),
        (["cv2/__init__.py"], "cv2.gapi", True),
        (["cv2/__init__.py"], "cv", False),
        (["six.py"], "six", True),
        (["_cffi_backend.cpython-311-x86_64-linux-gnu.so"], "_cffi_backend", True),
        (["fast.abi3.so"], "fast", True),
        (["fast.pyd"], "fast", True),
        (["google/protobuf/__init__.py"], "google.protobuf", True),
        (["google/protobuf/__init__.py"], "google.cloud", False),
        (["google/protobuf/__init__.py"], "google", True),
        (["google/protobuf/__init__.py"], "google.protobuf.json", True),
        (["google/cloud/storage/blob/x.py"], "google.cloud.storage.blob.x", True),
        (["google/cloud/storage/blob/x.py"], "google.cloud.storage.blob.y", False),
        (["x-1.0.data/purelib/late/__init__.py"], "late", True),
        (["x-1.0.data/scripts/tool.py"], "tool", False),
        (["x-1.0.dist-info/METADATA", "data/readme.txt"], "data", False),
    ],
)
def test_what_can_be_imported_is_read_from_names(
    members: list[str], module: str, held: bool
) -> None:
    assert importable(members, 1).holds(module) is held


class Answer:
    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body

    def read(self) -> bytes:
        return self._body


class PartServer:
    """Answers as a server that gives parts of a file, or does not."""

    def __init__(self, body: bytes, *, parts: bool = True, status: int = 200) -> None:
        self._body = body
        self._parts = parts
        self._status = status
        self.sent = 0

    @contextmanager
    def get_stream(self, url: str, *, headers: Mapping[str, str]) -> Iterator[Answer]:
        body, status, total = self._body, self._status, len(self._body)
        wanted = re.fullmatch(r"bytes=(\d*)-(\d+)", headers.get("Range", ""))
        more = {"Content-Length": str(total)}
        if wanted and self._parts and status == 200:
            first, last = wanted.groups()
            start = int(first) if first else max(0, total - int(last))
            end = int(last) if first else total - 1
            body, status = body[start : end + 1], 206
            more = {"Content-Range": f"bytes {start}-{end}/{total}"}
        self.sent += len(body)
        yield Answer(status, body, more)


def large_wheel(files: int, padding: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("big/weights.bin", os.urandom(padding))
        for number in range(files):
            wheel.writestr(f"big/{number}_{'long' * 20}.txt", "")
        wheel.writestr("big/__init__.py", "")
    return buffer.getvalue()


def client(server: PartServer) -> IndexClient:
    return cast("IndexClient", server)


def read_from(server: PartServer) -> Contents | None:
    return contents_of("https://files.test/big.whl", client(server))


def test_only_the_end_of_a_large_wheel_is_downloaded() -> None:
    body = large_wheel(3, 3_000_000)
    server = PartServer(body)
    assert read_from(server) == Contents(size=len(body), whole=("big",))
    assert server.sent <= 1 << 16


def test_a_long_table_of_contents_takes_a_second_request() -> None:
    body = large_wheel(900, 3_000_000)
    server = PartServer(body)
    found = read_from(server)
    assert found is not None
    assert found.whole == ("big",)
    assert 1 << 16 < server.sent < 1_000_000


def test_without_parts_only_a_small_wheel_is_read() -> None:
    small = PartServer(large_wheel(1, 1000), parts=False)
    large = PartServer(large_wheel(1, 3_000_000), parts=False)
    found = read_from(small)
    assert found is not None
    assert found.whole == ("big",)
    assert read_from(large) is None


@pytest.mark.parametrize("member", ["late/__init__.py", "src/late.py", "lib/late/__init__.py"])
def test_a_small_sdist_is_read_whole(tmp_path: Path, member: str) -> None:
    packed = tar_bytes({f"late-1/{member}": "", "late-1/setup.py": ""})
    (tmp_path / "late-1.tar.gz").write_bytes(packed)
    with zipfile.ZipFile(tmp_path / "late-1.zip", "w") as archive:
        archive.writestr(f"late-1/{member}", "")
    found = [contents_of(path.as_uri(), None) for path in sorted(tmp_path.iterdir())]
    found.append(contents_of("https://files.test/late-1.tar.gz", client(PartServer(packed))))
    assert [one is not None and one.holds("late") for one in found] == [True, True, True]
    assert not any(one is None or one.holds("other") for one in found)


def test_a_large_sdist_is_not_downloaded() -> None:
    server = PartServer(os.urandom(3_000_000))
    assert contents_of("https://files.test/late-1.tar.gz", client(server)) is None


def test_what_is_no_archive_cannot_be_read() -> None:
    assert read_from(PartServer(b"<html>" * 1000)) is None


def test_a_refusal_is_told() -> None:
    with pytest.raises(SourceError, match="HTTP 403"):
        read_from(PartServer(b"", status=403))


# Remedies against answers.


def test_a_distribution_that_is_there_and_holds_the_module_stays() -> None:
    before = cause("cv2", extra("opencv-python"))
    assert vetted([before], {"opencv-python": offer("opencv-python", "cv2/__init__.py")}) == (
        before,
    )


@pytest.mark.parametrize(
    "checked", [Checked(absent=True), offer("helpers", "other/__init__.py", "helper.py")]
)
def test_what_is_not_there_or_holds_something_else_is_not_offered(checked: Checked) -> None:
    found = vetted([cause("helpers", extra("helpers"))], {"helpers": checked})
    assert told(found) == [("", "nothing on the index is known to bring the module helpers")]


def test_another_remedy_that_stays_is_enough() -> None:
    before = cause("helpers", extra("helpers"), remedy("in yours", isolation=False))
    found = vetted([before], {"helpers": Checked(absent=True)})
    assert told(found) == [("isolation off", "in yours")]


def test_of_several_those_that_hold_stay() -> None:
    before = cause("numpy", extra("numpy", "helpers", "Cython", summary="add all"))
    answers = {
        "numpy": offer("numpy", "numpy/__init__.py"),
        "helpers": Checked(absent=True),
        "Cython": offer("Cython", "Cython/__init__.py", "cython.py"),
    }
    found = vetted([before], answers)
    assert told(found) == [("+numpy +Cython", "add all")]
    assert found[0].remedies[0].settings == {"extra": ["numpy", "Cython"]}


def test_of_a_shared_package_the_part_counts() -> None:
    answers = {"protobuf": offer("protobuf", "google/protobuf/__init__.py")}
    wanted = cause("google", extra("protobuf"), summary="setup.py imports google.protobuf.json")
    assert told(vetted([wanted], answers)) == [("+protobuf", "add it to the build")]


@pytest.mark.parametrize("name", ["pkg_resources", "pkg-resources", "distutils", "imp", "sys"])
def test_modules_of_python_and_setuptools_are_no_distributions(name: str) -> None:
    found = vetted([cause(name, extra(name))], {name: offer(name, f"{name}.py")})
    assert all(not one.settings for one in found[0].remedies)


def test_a_bound_on_a_requirement_asks_only_whether_it_exists() -> None:
    before = cause("pkg_resources", extra("setuptools<82"))
    answers = {"setuptools<82": offer("setuptools", "setuptools/__init__.py")}
    assert vetted([before], answers) == (before,)


def test_what_only_an_sdist_brings_is_less_sure() -> None:
    found = vetted([cause("helpers", extra("helpers"))], {"helpers": offer("helpers", sdist=True)})
    assert found[0].confidence == "likely"
    assert "only an sdist" in found[0].remedies[0].summary
    other = vetted([cause("helpers.x", extra("other"))], {"other": offer("other", sdist=True)})
    assert not other[0].remedies[0].settings


def test_a_large_download_is_told() -> None:
    before = cause("torch", extra("torch", summary="add it to the build (a large download)"))
    answers = {"torch": offer("torch", "torch/__init__.py", size=190_400_000)}
    assert told(vetted([before], answers)) == [
        ("+torch", "add it to the build (190 MB to download)")
    ]


def test_a_wheel_at_hand_goes_before_a_huge_download() -> None:
    huge = offer("torch", "torch/__init__.py", size=2_400_000_000, at_hand="2.13.0")
    assert told(vetted([cause("torch", extra("torch"))], {"torch": huge})) == [
        ("+torch==2.13.0", "add the one that your find-links have"),
        ("+torch", "add it to the build (2.4 GB to download)"),
    ]


def test_a_local_wheel_costs_no_download() -> None:
    local = offer("torch", "torch/__init__.py", size=900_000_000, local=True, at_hand="1.0")
    before = cause("torch", extra("torch"))
    assert vetted([before], {"torch": local}) == (before,)


def test_a_backend_must_hold_the_module_that_is_named() -> None:
    text = "BackendUnavailable: Cannot import 'backend.api'"
    before = Cause(
        id="backend-unavailable",
        confidence="certain",
        attempt=1,
        summary="The build backend backend.api cannot be imported",
        evidence=Evidence(phase="get_requires", text=text),
        remedies=(extra("backend"),),
    )
    assert not vetted([before], {"backend": offer("backend", "x.py")})[0].remedies[0].settings
    assert vetted([before], {"backend": offer("backend", "backend/__init__.py")}) == (before,)


# Asking.


def test_one_answer_for_each_requirement_and_faults_are_told() -> None:
    def look_up(requirement: Requirement, stop: Stop) -> Offer | None:
        if requirement.name == "down":
            raise SourceError("no answer", cause="download")
        return None if requirement.name == "gone" else Offer(name=requirement.name, version="1")

    found = check(["here", "gone", "down"], look_up, Stop())
    assert found == {
        "here": Checked(offer=Offer(name="here", version="1")),
        "gone": Checked(absent=True),
        "down": Checked(why_not=NO_ANSWER),
    }


def test_no_answer_in_time_is_none() -> None:
    def look_up(requirement: Requirement, stop: Stop) -> Offer | None:
        stopped = threading.Event()
        stop.subscribe(stopped.set)
        assert stopped.wait(30)
        raise Cancelled(stop.reason)

    found = check(["slow"], look_up, Stop(), seconds=0.01)
    assert found == {"slow": Checked(why_not=NO_ANSWER)}


def environment(**more: str) -> dict[str, str]:
    return {"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", **more}


def test_offline_remedies_stay_and_say_so(tmp_path: Path) -> None:
    found = vet(
        (cause("helpers", extra("helpers")),),
        Settings(offline=True),
        environ=environment(),
        cache=tmp_path,
        python_version=PYTHON,
        stop=Stop(),
    )
    assert told(found) == [("+helpers", f"add it to the build ({OFFLINE})")]


def test_against_an_index_and_asked_once(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "helpers", modules={"helpers/__init__.py": ""})
    other = write_wheel(tmp_path, "wrong", modules={"else.py": ""})
    with local_index() as index:
        for file in (wheel, other):
            index.add(file.name, file.read_bytes())
        remedies = [extra(name) for name in ("helpers", "wrong", "absent")]
        causes = tuple(cause(one.settings["extra"][0], one) for one in remedies)
        found = [
            vet(
                causes,
                Settings(index_url=index.url),
                environ=environment(),
                cache=tmp_path / "cache",
                python_version=PYTHON,
                stop=Stop(),
            )
            for _ in range(2)
        ]
        asked = [path for path in index.requests if "helpers" in path]
    assert found[0] == found[1]
    assert [bool(one.remedies[0].settings) for one in found[0]] == [True, False, False]
    assert len(asked) == len(set(asked))


def catalogue(directory: Path, **more: Any) -> Catalogue:
    settings = Settings(find_links=(str(directory),), no_index=True)
    configuration = index_configuration(settings, environment())
    return Catalogue(configuration, directory / "cache", PYTHON, **more)


def test_an_installer_would_take_what_fits_this_python_and_the_constraints(tmp_path: Path) -> None:
    for version in ("1.0", "2.0", "3.0rc1"):
        write_wheel(tmp_path, "helpers", version)
    write_wheel(tmp_path, "helpers", "4.0").rename(tmp_path / "helpers-4.0-cp38-cp38-win32.whl")
    requirement = Requirement("helpers")
    newest = catalogue(tmp_path).look_up(requirement, Stop())
    bound = catalogue(tmp_path, constraints=("Helpers<2",)).look_up(requirement, Stop())
    assert newest is not None
    assert (newest.version, newest.local, newest.at_hand) == ("2.0", True, "2.0")
    assert bound is not None
    assert bound.version == "1.0"
    assert catalogue(tmp_path).look_up(Requirement("helpers>9"), Stop()) is None


@pytest.mark.index
def test_the_public_index(tmp_path: Path) -> None:
    causes = (cause("attr", extra("attrs")), cause("google.protobuf", extra("protobuf")))
    catalogued = Catalogue(index_configuration(Settings(), os.environ), tmp_path, PYTHON)
    answers = check(["attrs", "protobuf"], catalogued.look_up, Stop(), seconds=30)
    assert vetted(causes, answers) == causes
    assert all(one.offer is not None for one in answers.values())
