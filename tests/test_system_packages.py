"""Which system package has what: truths, the shipped data, and the script that derives it."""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path
from typing import Any

import pytest
import tomli

from buildscope.diagnosis.tables import package_with, system_packages

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "src" / "buildscope" / "diagnosis" / "data" / "system_debian.tsv.gz"
KINDS = ["cmake", "headers", "libraries", "pkgconfig", "programs"]
TRUTHS = """
headers lber.h libldap-dev
headers sasl/sasl.h libsasl2-dev
headers sql.h unixodbc-dev
headers poppler/cpp/poppler-document.h libpoppler-cpp-dev
headers snappy-c.h libsnappy-dev
headers proj.h libproj-dev
headers portaudio.h portaudio19-dev
headers hdf5.h libhdf5-dev
headers gmp.h libgmp-dev
headers ffi.h libffi-dev
headers openssl/ssl.h libssl-dev
headers libpq-fe.h libpq-dev
headers libxml/parser.h libxml2-dev
headers magic.h libmagic-dev
headers pcap.h libpcap-dev
headers zmq.h libzmq3-dev
headers leveldb/c.h libleveldb-dev
headers bluetooth/bluetooth.h libbluetooth-dev
headers cups/cups.h libcups2-dev
headers jpeglib.h libjpeg-dev
headers lzma.h liblzma-dev
headers ft2build.h libfreetype-dev
headers sndfile.h libsndfile1-dev
headers geos_c.h libgeos-dev
headers graphviz/cgraph.h libgraphviz-dev
headers mpi.h libopenmpi-dev
headers X11/Xlib.h libx11-dev
headers X11/extensions/XTest.h libxtst-dev
headers GL/gl.h libgl1-mesa-dev
headers archive.h libarchive-dev
headers hiredis/hiredis.h libhiredis-dev
headers nlohmann/json.hpp nlohmann-json3-dev
headers tss2/tss2_esys.h libtss2-dev
headers sys/types.h libc6-dev
libraries systemd libsystemd-dev
libraries jpeg libjpeg-dev
libraries archive libarchive-dev
libraries SDL libsdl1.2-dev
pkgconfig libsystemd libsystemd-dev
pkgconfig cairo libcairo2-dev
pkgconfig dbus-1 libdbus-1-dev
pkgconfig libarchive libarchive-dev
pkgconfig gtk+-3.0 libgtk-3-dev
cmake fmt libfmt-dev
cmake Imath libimath-dev
cmake imath libimath-dev
cmake OpenCV libopencv-dev
programs curl-config libcurl4-openssl-dev
programs sdl-config libsdl1.2-dev
programs gdal-config libgdal-dev
programs gfortran gfortran
programs llvm-config llvm-dev
programs llvm-config-11 llvm-dev
programs krb5-config libkrb5-dev
programs xslt-config libxslt1-dev
programs mysql_config default-libmysqlclient-dev
programs javac default-jdk
programs swig swig
programs protoc protobuf-compiler
programs ragel ragel
programs bazel -
libraries ta-lib -
headers config.h -
headers utils/config.h -
headers json/no-such.h -
programs moc -
headers windows.h -
headers Python.h -
headers numpy/arrayobject.h -
pkgconfig no-such-module-2.0 -
programs sh-config -
"""
CONTENTS = """\
This line is no path and belongs to nobody
usr/include/one.h                         libdevel/libone-dev
usr/include/x86_64-linux-gnu/two.h        libdevel/libtwo-2-dev,libdevel/libtwo-dev
usr/include/whole/a.h                     libdevel/libone-dev
usr/include/whole/deep/b.h                libdevel/libone-dev
usr/include/split/a.h                     libdevel/libone-dev
usr/include/split/b.h                     libdevel/libtwo-dev
usr/include/split/part/c.h                libdevel/libtwo-dev
usr/include/zlib.h                        libdevel/libz-other-dev
usr/include/sasl/new.h                    libdevel/libsasl-other-dev
usr/include/config.h                      libdevel/libone-dev
usr/include/python3.11/own.h              libdevel/libone-dev
usr/include/debug.hh                      debug/libone-dbg
usr/include/tool.h                        utils/tool
usr/lib/x86_64-linux-gnu/libone.so        libdevel/libone-dev
usr/lib/x86_64-linux-gnu/libone.so.1      libs/libone1
usr/lib/libplugin.so                      libs/plugin
usr/lib/x86_64-linux-gnu/pkgconfig/one-1.0.pc libdevel/libone-dev
usr/lib/x86_64-linux-gnu/cmake/One/OneConfig.cmake libdevel/libone-dev
usr/share/cmake/two/two-config.cmake      libdevel/libtwo-dev
usr/bin/one-config                        libdevel/libone-dev
usr/bin/ragel                             devel/ragel-cross,devel/ragel
usr/bin/unheard-of                        utils/tool
usr/include/my.h                          libdevel/libmy-dev,universe/libdevel/libmariadb-dev
"""
DERIVED = """\
cmake\tlibone-dev\tOne
cmake\tlibtwo-dev\ttwo
headers\tlibmy-dev\tmy.h
headers\tlibone-dev\tone.h split/a.h whole/
headers\tlibtwo-dev\tsplit/b.h split/part/ two.h
libraries\tlibone-dev\tone
pkgconfig\tlibone-dev\tone-1.0
programs\tlibone-dev\tone-config
programs\tragel\tragel
"""


@pytest.mark.parametrize("truth", TRUTHS.split("\n")[1:-1])
def test_what_has_it(truth: str) -> None:
    kind, name, apt = truth.split()
    found = package_with(kind, name)
    told = found.apt.split() if found is not None and found.apt else ["-"]
    assert apt in told


def test_names_kept_by_hand_come_with_what_the_archive_has() -> None:
    by_hand = [package for package in system_packages().values() if package.dnf and package.apt]
    owner = next(package for package in by_hand if package.apt == "libgsl-dev")
    assert package_with("libraries", "gslcblas") is owner


def test_fedora_is_asked_by_what_a_package_provides() -> None:
    module, header = package_with("pkgconfig", "libarchive"), package_with("headers", "archive.h")
    assert module is not None
    assert header is not None
    assert module.dnf == "'pkgconfig(libarchive)'"
    assert header.dnf == "/usr/include/archive.h"
    assert (module.brew, header.brew) == (None, None)


def test_the_shipped_data_is_small_sorted_and_whole() -> None:
    assert SHIPPED.stat().st_size < 400_000
    rows = [
        line.split("\t") for line in gzip.decompress(SHIPPED.read_bytes()).decode().splitlines()
    ]
    assert [row[:2] for row in rows] == sorted(row[:2] for row in rows)
    assert sorted({row[0] for row in rows}) == KINDS
    entries = [(kind, name) for kind, _, names in rows for name in names.split(" ")]
    assert len(entries) == len(set(entries)) > 20_000
    assert all(names.split(" ") == sorted(names.split(" ")) for _, _, names in rows)
    assert all(package and names for _, package, names in rows)


def test_the_wheel_holds_the_data() -> None:
    build = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    packages = [ROOT / package for package in build["targets"]["wheel"]["packages"]]
    assert any(package in SHIPPED.parents for package in packages)
    assert "exclude" not in build
    assert "exclude" not in build["targets"]["wheel"]


@pytest.fixture(name="script")
def _script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("system_packages")


def test_the_script_derives_from_an_index(script: Any, tmp_path: Path) -> None:
    index, output = tmp_path / "Contents-amd64", tmp_path / "out.tsv.gz"
    index.write_text(CONTENTS)
    assert script.main([str(index), "-o", str(output)]) == 0
    assert gzip.decompress(output.read_bytes()).decode() == DERIVED
    first = output.read_bytes()
    assert script.main([str(index), "-o", str(output)]) == 0
    assert output.read_bytes() == first


def test_a_preference_wins_over_the_plainest_name(script: Any) -> None:
    kept = {"preferred": {"libchosen-gnu-dev": "why"}, "instead": {"libold-dev": "libnew-dev"}}
    found = {
        ("headers", "a.h"): {"libdevel/liba-dev", "libdevel/libchosen-gnu-dev"},
        ("headers", "b.h"): {"libdevel/libb2-dev", "devel/libb-dev", "libdevel/libb-dev"},
        ("headers", "c.h"): {"libdevel/libold-dev"},
    }
    assert list(script.chosen(found, kept).values()) == [
        "libchosen-gnu-dev",
        "libb-dev",
        "libnew-dev",
    ]


def test_the_insides_of_a_large_framework_are_left_out(script: Any) -> None:
    owners = {("headers", f"vast/{index}.h"): "libvast-dev" for index in range(301)}
    few = {("headers", "few/a.h"): "liba-dev", ("libraries", "vast"): "libvast-dev"}
    assert script.bounded(owners | few) == few
