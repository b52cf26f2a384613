from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildscope.errors import Cancelled, SourceError
from buildscope.process.stop import Stop
from buildscope.sources.archive import unpack
from buildscope.sources.members import Limits
from tests.helpers.local_index import sdist_bytes, tar_bytes

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mtime = 1_500_000_000
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=target)


def tar_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def packed(plain: bytes, suffix: str) -> bytes:
    if suffix == "tar.gz":
        return gzip.compress(plain, mtime=0)
    if suffix == "tar.bz2":
        return bz2.compress(plain)
    return lzma.compress(plain) if suffix == "tar.xz" else plain


def zip_of(path: Path, *names: str | zipfile.ZipInfo, content: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def refused(archive: Path, tmp_path: Path, limits: Limits | None = None) -> str:
    """The sentence with which ``archive`` is refused; nothing may be left or touched."""
    before = {path for path in tmp_path.rglob("*") if path != archive}
    with pytest.raises(SourceError) as caught:
        unpack(archive, tmp_path / "out" / "tree", stop=Stop(), limits=limits)
    assert caught.value.cause == "bad-archive"
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith(f"{archive.name} is not unpacked: ")
    left = {path for path in tmp_path.rglob("*") if path != archive} - before
    assert left <= {tmp_path / "out"}
    return caught.value.message


def unpacked(archive: Path, tmp_path: Path) -> Path:
    return unpack(archive, tmp_path / "tree", stop=Stop())


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.bz2", "tar.xz", "tar", "zip"])
def test_every_kind_is_unpacked_whatever_its_name_says(tmp_path: Path, suffix: str) -> None:
    archive = tmp_path / "pkg-1.0.tar.gz"
    plain = gzip.decompress(sdist_bytes("pkg", "1.0"))
    if suffix == "zip":
        zip_of(archive, "pkg-1.0/pyproject.toml", "pkg-1.0/src/a.py")
    else:
        archive.write_bytes(packed(plain, suffix))
    top = unpacked(archive, tmp_path)
    assert top == tmp_path / "tree" / "pkg-1.0"
    assert (top / "pyproject.toml").is_file()


@posix
def test_times_and_executable_bits_are_kept_other_bits_are_sane(tmp_path: Path) -> None:
    archive = tar_of(
        tmp_path / "a.tar.gz",
        member("p-1/run.sh", b"#!/bin/sh\n", mode=0o6755),
        member("p-1/secret", b"x", mode=0o000),
        member("p-1/old", b"x", mode=0o644, mtime=12.5),
        member("p-1/d", type=tarfile.DIRTYPE, mode=0o000, mtime=1_000_000_000),
        member("p-1/d/f", b"x"),
    )
    top = unpacked(archive, tmp_path)
    run, secret = (top / "run.sh").stat(), (top / "secret").stat()
    assert run.st_mode & 0o111
    assert not run.st_mode & (stat.S_ISUID | stat.S_ISGID)
    assert secret.st_mode & 0o600 == 0o600
    assert not secret.st_mode & 0o111
    assert (run.st_mtime, (top / "old").stat().st_mtime) == (1_500_000_000, 12.5)
    assert (top / "d").stat().st_mtime == 1_000_000_000


@posix
def test_links_inside_the_tree_are_kept(tmp_path: Path) -> None:
    archive = tar_of(
        tmp_path / "a.tar.gz",
        link("p-1/early", "sub/file"),
        member("p-1/sub/file", b"data"),
        link("p-1/sub/up", "../early"),
        link("p-1/dangling", "nowhere"),
        link("p-1/hard", "p-1/sub/file", tarfile.LNKTYPE),
        link("p-1/hard-to-link", "p-1/early", tarfile.LNKTYPE),
    )
    top = unpacked(archive, tmp_path)
    assert (top / "sub" / "up").read_bytes() == b"data"
    assert str((top / "early").readlink()) == "sub/file"
    assert str((top / "dangling").readlink()) == "nowhere"
    assert (top / "hard").read_bytes() == (top / "hard-to-link").read_bytes() == b"data"


@posix
def test_links_in_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("p-1/link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("p-1/file", b"data")
        made.writestr(info, "file")
    assert (unpacked(archive, tmp_path) / "link").read_bytes() == b"data"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("p-1/file", b"data")
        made.writestr(info, "../../../etc/passwd")
    assert "'p-1/link' links to '../../../etc/passwd'" in refused(archive, tmp_path)


UNSAFE = {
    "parent": ([member("p-1/../../evil", b"x")], "'p-1/../../evil' would land outside"),
    "leading parent": ([member("../evil", b"x")], "'../evil' would land outside"),
    "absolute": ([member("/tmp/evil", b"x")], "'/tmp/evil' would land outside"),
    "drive": ([member("C:/evil", b"x")], "'C:/evil' would land outside"),
    "backslashes": ([member("p-1/..\\..\\evil", b"x")], "would land outside"),
    "link out": ([link("p-1/l", "../../evil")], "'p-1/l' links to '../../evil'"),
    "link absolute": ([link("p-1/l", "/etc/passwd")], "'p-1/l' links to '/etc/passwd'"),
    "link beside the top": ([link("p-1/l", "../other")], "links to '../other'"),
    "link over links": (
        [
            member("p-1/a/b/f", b"x"),
            link("p-1/a/b/up", ".."),
            link("p-1/a/out", "b/up/../../.."),
        ],
        "'p-1/a/out' links to",
    ),
    "link over links, lexically inside": (
        [
            member("p-1/f", b"x"),
            link("p-1/s/d", ".."),
            link("p-1/s/e", "d/.."),
        ],
        "'p-1/s/e' links to 'd/..', outside",
    ),
    "link below a link": (
        [member("p-1/f", b"x"), link("p-1/l", "."), link("p-1/l/m", "f")],
        "'p-1/l/m' lies in 'p-1/l', which is a link",
    ),
    "hard link out": (
        [link("p-1/h", "../../etc/passwd", tarfile.LNKTYPE)],
        "'p-1/h' links to '../../etc/passwd'",
    ),
    "hard link absolute": (
        [link("p-1/h", "/etc/passwd", tarfile.LNKTYPE)],
        "'p-1/h' links to '/etc/passwd'",
    ),
    "hard link to nothing": (
        [link("p-1/h", "p-1/later", tarfile.LNKTYPE), member("p-1/later", b"x")],
        "is no earlier file",
    ),
    "top is a link": ([link("p-1", "elsewhere")], "top folder 'p-1' is a link"),
    "character device": ([member("p-1/d", type=tarfile.CHRTYPE)], "'p-1/d' is a device"),
    "block device": ([member("p-1/d", type=tarfile.BLKTYPE)], "'p-1/d' is a device"),
    "pipe": ([member("p-1/d", type=tarfile.FIFOTYPE)], "'p-1/d' is a named pipe"),
    "unknown kind": ([member("p-1/d", type=b"V")], "of a kind that no source tree holds"),
    "two tops": (
        [member("p-1/f", b"x"), member("q-1/f", b"x")],
        "two top folders, 'p-1' and 'q-1'",
    ),
    "no top": ([member("setup.py", b"x")], "'setup.py' lies in no top folder"),
    "file and folder": ([member("p-1/f", b"x"), member("p-1/f/g", b"x")], "also a file"),
    "folder and file": ([member("p-1/f/g", b"x"), member("p-1/f", b"x")], "file and a folder"),
    "folder and link": ([member("p-1/f/g", b"x"), link("p-1/f", "g")], "link and a folder"),
    "no files": ([member("p-1", type=tarfile.DIRTYPE)], "it holds no files"),
    "no members": ([], "it holds no files"),
    "absurd name": ([member("p-1/" + "x" * 2000, b"x")], "an absurd name"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_unsafe_tars_are_refused_and_the_member_named(tmp_path: Path, case: str) -> None:
    members, sentence = UNSAFE[case]
    assert sentence in refused(tar_of(tmp_path / "a.tar.gz", *members), tmp_path)


def test_a_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    archive = tar_of(
        tmp_path / "a.tar.gz", link("p-1/d", "../../target"), member("p-1/d/evil", b"x")
    )
    assert "links to" in refused(archive, tmp_path)
    assert not any((tmp_path / "target").iterdir())


def test_a_later_member_replaces_an_earlier_one(tmp_path: Path) -> None:
    archive = tar_of(
        tmp_path / "a.tar.gz",
        member("p-1/f", b"one"),
        link("p-1/h", "p-1/f", tarfile.LNKTYPE),
        member("p-1/f", b"two"),
        link("p-1/l", "f"),
        member("p-1/l", b"three"),
    )
    top = unpacked(archive, tmp_path)
    contents = [(top / name).read_bytes() for name in "fhl"]
    assert contents == [b"two", b"one", b"three"]


def test_what_archivers_of_other_systems_add_is_left_out(tmp_path: Path) -> None:
    archive = tar_of(
        tmp_path / "a.tar.gz",
        member("pax_global_header", b"52 comment=x"),
        member("._p-1", b"x"),
        member("./p-1/./f", b"x"),
        member("__MACOSX/p-1/f", b"x"),
    )
    assert [path.name for path in unpacked(archive, tmp_path).parent.iterdir()] == ["p-1"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["../evil"], "'../evil' would land outside"),
        (["/etc/evil"], "would land outside"),
        (["p-1\\..\\..\\evil"], "would land outside"),
        (["p-1/f", "q-1/f"], "two top folders"),
        (["f.py"], "no top folder"),
        (["p-1/m.py", "p-1-py3.dist-info/WHEEL"], "it is a wheel"),
        (["p-1/"], "it holds no files"),
        ([], "it holds no files"),
    ],
)
def test_unsafe_zips_are_refused(tmp_path: Path, names: list[str], sentence: str) -> None:
    assert sentence in refused(zip_of(tmp_path / "a.zip", *names), tmp_path)


def test_an_encrypted_or_special_member_of_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("p-1/pipe")
    info.create_system, info.external_attr = 3, (stat.S_IFIFO | 0o644) << 16
    assert "a pipe" in refused(zip_of(tmp_path / "a.zip", info), tmp_path)
    archive = zip_of(tmp_path / "b.zip", "p-1/f")
    raw = archive.read_bytes().replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    )
    archive.write_bytes(raw)
    assert "encrypted" in refused(archive, tmp_path)


def test_backslashes_in_a_zip_are_separators(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", "p-1\\src\\m.py", "p-1\\setup.py")
    assert (unpacked(archive, tmp_path) / "src" / "m.py").is_file()


def test_too_many_members(tmp_path: Path) -> None:
    members = [member(f"p-1/{number}", b"x") for number in range(5)]
    archive = tar_of(tmp_path / "a.tar.gz", *members)
    assert "more than 4 members" in refused(archive, tmp_path, Limits(members=4))


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_bomb_is_found_while_it_unpacks(tmp_path: Path, kind: str) -> None:
    zeros = bytes(4_000_000)
    archive = tmp_path / f"bomb.{kind}"
    if kind == "tar":
        tar_of(archive, member("p-1/f", zeros))
    else:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("p-1/f", zeros)
    limits = Limits(ratio=10, free=1_000_000)
    assert "unpacks to more than 1,000,000 bytes" in refused(archive, tmp_path, limits)
    assert "unpacks to more than 1,000 bytes" in refused(archive, tmp_path, Limits(size=1000))


def test_a_bomb_in_a_header_or_behind_the_end(tmp_path: Path) -> None:
    header = tarfile.TarInfo("p-1/f")
    header.type, header.size = b"x", 200_000_000
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)))
    assert "a header of 200,000,000 bytes" in refused(archive, tmp_path)
    plain = gzip.decompress(sdist_bytes("p", "1")) + bytes(5_000_000)
    archive.write_bytes(gzip.compress(plain, mtime=0))
    limits = Limits(ratio=10, free=10_000)
    assert "unpacks to more than" in refused(archive, tmp_path, limits)


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.bz2", "tar.xz", "tar"])
def test_an_archive_that_is_cut_off(tmp_path: Path, suffix: str) -> None:
    body = os.urandom(5000).hex()
    plain = gzip.decompress(sdist_bytes("p", "1", data__txt=body))
    archive = tmp_path / "p-1.tar.gz"
    raw = packed(plain.rstrip(b"\0"), suffix)
    archive.write_bytes(raw[: len(raw) // 2])
    assert "it is damaged or cut off" in refused(archive, tmp_path)


def test_damage_in_the_middle(tmp_path: Path) -> None:
    plain = bytearray(gzip.decompress(sdist_bytes("p", "1")))
    archive = tmp_path / "p-1.tar.gz"
    plain[1024 + 10 : 1024 + 40] = b"?" * 30  # the second header
    archive.write_bytes(gzip.compress(bytes(plain), mtime=0))
    assert "damaged" in refused(archive, tmp_path)
    raw = bytearray(sdist_bytes("p", "1"))
    raw[-6] ^= 0xFF  # the checksum of gzip
    archive.write_bytes(bytes(raw))
    assert "damaged" in refused(archive, tmp_path)
    raw = bytearray(zip_of(tmp_path / "z.zip", "p-1/f", content=b"abcdef").read_bytes())
    version = raw.index(b"PK\x01\x02") + 6
    raw[version] = 99  # the version of zip that a reader needs
    (tmp_path / "z.zip").write_bytes(bytes(raw))
    assert "zip file version 9.9" in refused(tmp_path / "z.zip", tmp_path)
    raw[version] = 20
    raw[raw.index(b"abcdef")] ^= 0xFF
    (tmp_path / "z.zip").write_bytes(bytes(raw))
    assert "damaged" in refused(tmp_path / "z.zip", tmp_path)


def test_garbage_behind_the_compressed_data_is_no_damage(tmp_path: Path) -> None:
    archive = tmp_path / "p-1.tar.gz"
    archive.write_bytes(sdist_bytes("p", "1") + b"garbage")
    assert unpacked(archive, tmp_path).name == "p-1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
        (b"\x28\xb5\x2f\xfd....", "Zstandard"),
        (b"what is this", "neither tar nor zip"),
        (b"\x1f\x8bnot gzip", "damaged"),
        (b"PK\x03\x04not zip", "damaged"),
        (gzip.compress(b"not tar", mtime=0), "damaged"),
        (gzip.compress(b"", mtime=0), "damaged"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, content: bytes, sentence: str) -> None:
    archive = tmp_path / "p-1.tar.gz"
    archive.write_bytes(content)
    assert sentence in refused(archive, tmp_path)


def test_a_stop_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    archive, stop = tmp_path / "p-1.tar.gz", Stop()
    archive.write_bytes(tar_bytes({f"p-1/{number}": b"x" for number in range(100)}))

    def report(done: int, total: int | None) -> None:
        stop.request("enough")

    with pytest.raises(Cancelled):
        unpack(archive, tmp_path / "tree", stop=stop, report=report)
    assert not (tmp_path / "tree").exists()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_raises_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    tmp_path = tmp_path_factory.mktemp("fuzz")
    kind = data.draw(st.sampled_from(["tar", "gz", "zip"]))
    raw = bytearray(gzip.decompress(sdist_bytes("p", "1", a__py="pass")))
    if kind == "gz":
        raw = bytearray(sdist_bytes("p", "1"))
    if kind == "zip":
        raw = bytearray(zip_of(tmp_path / "x", "p-1/f", "p-1/g").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(raw) - 1))
        raw[position] = data.draw(st.integers(0, 255))
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(bytes(raw))
    try:
        outcome = unpacked(archive, tmp_path).parent.name
    except SourceError as error:
        outcome = error.cause or "without a cause"
    assert outcome in {"tree", "bad-archive"}
