"""Builds that pass and lost something: extensions, names and versions that a file gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.phases.declared import read_declared
from buildscope.phases.warn_extensions import unbuilt_extensions
from buildscope.phases.wheel import check_wheel
from tests.helpers.wheel_files import METADATA, write_wheel
from tests.test_warn import SDIST, attempt, described, ids, tree, warned

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import Attempt

PLAIN = (
    "from setuptools import setup, Extension\nsetup(ext_modules=[Extension('demo._x', ['x.c'])])\n"
)
WITH_CYTHON = """\
try:
    from Cython.Distutils import build_ext
    with_cython = True
except ImportError:
    with_cython = False
ext_modules = []
if with_cython:
    ext_modules = [Extension("demo.x", ["demo/x.py"])]
setup(ext_modules=ext_modules)
"""


def built(directory: Path, setup_py: str, *installed: str) -> Attempt:
    project = directory / "tree"
    tree(project, setup_py=setup_py)
    source = msgspec.structs.replace(SDIST, tree=str(project), project=str(project))
    return attempt(directory, source=source, installed=installed or ("setuptools",))


def test_an_extension_that_never_was_built_is_told(tmp_path: Path) -> None:
    one = built(tmp_path, PLAIN)
    (warning,) = warned(one, read_declared(tmp_path / "tree"), wheel=write_wheel(tmp_path))
    assert warning.id == "extension-skipped"
    assert "the wheel holds nothing compiled" in warning.summary
    assert warning.evidence is not None
    assert (warning.evidence.file, warning.evidence.line) == ("setup.py", 2)


def test_a_wheel_with_an_extension_is_left_alone(tmp_path: Path) -> None:
    wheel = write_wheel(
        tmp_path,
        filename="demo-1.0-cp311-cp311-linux_x86_64.whl",
        files={"demo/_x.cpython-311-x86_64-linux-gnu.so": b"x"},
    )
    assert unbuilt_extensions(built(tmp_path, PLAIN), check_wheel(wheel)) is None


def test_what_it_would_have_been_built_with_is_the_remedy(tmp_path: Path) -> None:
    wheel = check_wheel(write_wheel(tmp_path))
    found = unbuilt_extensions(built(tmp_path, WITH_CYTHON), wheel)
    assert found is not None
    assert found.remedies[0].settings == {"extra": ["Cython"]}
    assert "Cython" in found.reason
    there = unbuilt_extensions(built(tmp_path, WITH_CYTHON, "setuptools", "cython"), wheel)
    assert there is not None
    assert there.remedies == ()


@pytest.mark.parametrize(
    "setup_py",
    [
        "setup(name='demo')\n",
        "from setuptools import Extension\nsetup(name='demo')\n",
        "import sys\nif sys.platform == 'win32':\n    e = [Extension('demo.x', [])]\nsetup()\n",
        "import os\nWITH = os.getenv('WITH')\nif WITH:\n    e = [Extension('demo.x', [])]\nsetup()\n",
        "print 'two'\n",
    ],
)
def test_extensions_for_others_are_no_loss(tmp_path: Path, setup_py: str) -> None:
    wheel = check_wheel(write_wheel(tmp_path))
    assert unbuilt_extensions(built(tmp_path, setup_py), wheel) is None


def test_a_name_and_version_that_an_old_backend_did_not_read(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", pyproject_toml='[project]\nname = "demo"\nversion = "2.0"\n')
    metadata = described(Metadata_Version="2.1", Name="UNKNOWN", Version="0.0.0")
    version, name = warned(attempt(tmp_path), declared, metadata)
    assert ids((version, name)) == ["default-version", "made-up-name"]
    assert "pyproject.toml line 3 says 2.0" in version.summary
    assert "pyproject.toml line 2 says demo" in name.summary


def test_a_version_of_zeros_that_the_file_gives_is_left_alone(tmp_path: Path) -> None:
    declared = tree(
        tmp_path / "tree", pyproject_toml='[project]\nname = "demo"\nversion = "0.0.0"\n'
    )
    metadata = described(Metadata_Version="2.1", Name="demo", Version="0.0.0")
    assert warned(attempt(tmp_path), declared, metadata) == ()


def test_an_extension_without_which_it_was_installed_again_is_told(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    line = "** Couldn't install with extension module, trying without it..."
    (one,) = warned(attempt(tmp_path, ("build_wheel", "stdout", line)), declared, METADATA)
    assert (one.id, one.evidence and one.evidence.text) == ("extension-skipped", line)


def test_requirements_lost_by_an_empty_list_are_told(tmp_path: Path) -> None:
    project = tmp_path / "tree"
    (project / "demo.egg-info").mkdir(parents=True)
    (project / "demo.egg-info/requires.txt").write_text("one>=1\n")
    tree(project, setup_py="setup(install_requires=open('requirements.txt').readlines())\n")
    (project / "PKG-INFO").write_text(METADATA)
    (one,) = warned(attempt(tmp_path), read_declared(project), METADATA)
    assert one.id == "requirements-dropped"
    assert "one>=1" in one.summary
