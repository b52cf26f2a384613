"""Builds that passed and are wrong are told, with the reason; right ones are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.run import Attempt, BackendFacts, Distribution, Interpreter, PhaseRun
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.phases.declared import Declared, read_declared
from buildscope.phases.metadata import read_metadata
from buildscope.phases.warn import warnings_for
from buildscope.phases.wheel import check_wheel
from tests.helpers.wheel_files import METADATA, WHEEL, write_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from buildscope.model.failure import Warned
    from buildscope.model.names import Phase, Stream, WarningId

OPTION = "setuptools/dist.py:289: UserWarning: Unknown distribution option: '{}'"
PLUGGED = "import setuptools\nsetuptools.setup(setup_requires=['plug-in>=2'], plugged=True)\n"
SKIPPED = Settings(skip=("get_requires",))
SDIST = SourceFacts(
    origin="sdist from the index",
    tree="t",
    project="t",
    name="demo",
    version="1.0",
    filename="demo-1.0.tar.gz",
)


def attempt(
    directory: Path,
    *output: tuple[Phase, Stream, str],
    settings: Settings | None = None,
    backend: str = "setuptools.build_meta:__legacy__",
    installed: Sequence[str] = ("setuptools",),
    source: SourceFacts | None = None,
) -> Attempt:
    """A snapshot whose hooks passed and printed ``output``."""
    built = Attempt(
        id=3,
        outcome="built",
        settings=settings or Settings(),
        backend=BackendFacts(backend=backend, requires=()),
        interpreter=Interpreter(path="python", version="3.11.7", implementation="cpython"),
        source=source,
    )
    runs = []
    for run in built.phases:
        folder = directory / run.name
        spool = Spool(folder, Redactor())
        for phase, stream, text in output:
            if phase == run.name:
                spool.write(stream, f"{text}\n".encode())
        spool.close()
        skipped = run.name in built.settings.skip
        runs.append(
            PhaseRun(
                name=run.name,
                status="skipped" if skipped else "passed",
                stdout=None if skipped else str(folder / "stdout"),
                stderr=None if skipped else str(folder / "stderr"),
                installed=tuple(Distribution(name=name, version="1") for name in installed),
            )
        )
    return msgspec.structs.replace(built, phases=tuple(runs))


def warned(
    built: Attempt, declared: Declared, metadata: str = METADATA, wheel: Path | None = None
) -> tuple[Warned, ...]:
    return warnings_for(
        built,
        declared=declared,
        metadata=read_metadata(metadata.encode(), where="METADATA"),
        wheel=None if wheel is None else check_wheel(wheel),
    )


def ids(warnings: Sequence[Warned]) -> list[WarningId]:
    return [one.id for one in warnings]


def described(**fields: str) -> str:
    return "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in fields.items())


def tree(directory: Path, **files: str) -> Declared:
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name.replace("_py", ".py").replace("_toml", ".toml")).write_text(text)
    return read_declared(directory)


def pkg_info(directory: Path, text: str) -> Declared:
    directory.mkdir(exist_ok=True)
    (directory / "PKG-INFO").write_text(text)
    return read_declared(directory)


MADE_UP = described(Metadata_Version="2.4", Name="odoo", Version="0.0.0")


def test_a_right_build_is_left_alone(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    wheel = write_wheel(tmp_path)
    assert warned(attempt(tmp_path, source=SDIST), declared, wheel=wheel) == ()


def test_a_plugin_that_was_skipped_is_the_reason_of_all_that_was_made_up(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py=PLUGGED)
    built = attempt(
        tmp_path,
        ("prepare_metadata", "stderr", "running dist_info"),
        ("prepare_metadata", "stderr", OPTION.format("plugged")),
        ("build_wheel", "stderr", OPTION.format("plugged")),
        settings=SKIPPED,
    )
    warnings = warned(built, declared, MADE_UP)
    assert ids(warnings) == ["default-version", "made-up-name", "unknown-setup-option"]
    version, name, option = warnings
    assert version.summary == (
        "setuptools made up the version 0.0.0: nothing in the source gives one"
    )
    assert name.summary == "setuptools made up the name odoo: nothing in the source gives one"
    because = "get_requires was skipped (--skip get_requires), so plug-in was never installed"
    assert version.reason == f"{because}, and `plugged` was an unknown option"
    assert option.reason == because
    for one in warnings:
        assert one.attempt == 3
        assert one.evidence is not None
        assert (one.evidence.phase, one.evidence.stream) == ("prepare_metadata", "stderr")
        assert one.evidence.line == 2
        assert one.evidence.text == "Unknown distribution option: 'plugged'"


def test_a_phase_is_judged_while_it_still_runs(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py=PLUGGED)
    built = attempt(tmp_path, ("prepare_metadata", "stderr", OPTION.format("plugged")))
    runs = [msgspec.structs.replace(run, status="running") for run in built.phases[:7]]
    running = msgspec.structs.replace(built, phases=(*runs, *Attempt(id=1).phases[7:]))
    assert "unknown-setup-option" in ids(warned(running, declared, MADE_UP))


def test_its_remedies_are_settings(tmp_path: Path) -> None:
    settings = Settings(skip=("get_requires", "check"))
    declared = tree(tmp_path / "tree", setup_py=PLUGGED)
    built = attempt(tmp_path, settings=settings)
    ask, by_hand = warned(built, declared, MADE_UP)[0].remedies
    assert ask.label == "do not skip get_requires"
    assert ask.settings == {"skip": ["check"]}
    assert ask.summary == "ask the backend, install plug-in"
    assert by_hand.label == "+plug-in>=2"
    assert by_hand.settings == {"extra": ["plug-in>=2"]}


def test_with_the_plugin_the_names_it_gives_are_no_warning(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py=PLUGGED)
    built = attempt(
        tmp_path,
        # before the plugin is there, setuptools cannot know what it defines
        ("get_requires", "stderr", OPTION.format("plugged")),
        installed=("setuptools", "Plug_In"),
    )
    metadata = described(Metadata_Version="2.4", Name="odoo-addon-x", Version="16.0.1")
    assert warned(built, declared, metadata) == ()


def test_a_plugin_that_is_not_there_without_a_skip_is_named(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py=PLUGGED)
    built = attempt(tmp_path, ("build_wheel", "stderr", OPTION.format("plugged")))
    (option,) = [
        one for one in warned(built, declared, METADATA) if one.id == "unknown-setup-option"
    ]
    assert option.reason == (
        "plug-in, which setup.py line 2 has in setup_requires, was never installed"
    )
    assert [one.label for one in option.remedies] == ["+plug-in>=2"]


@pytest.mark.parametrize("marker", ["python_version < '3'", "extra == 'test'"])
def test_what_a_marker_rules_out_is_not_blamed(tmp_path: Path, marker: str) -> None:
    declared = tree(
        tmp_path / "tree", setup_py=f'setup(setup_requires=["plug-in; {marker}"], plugged=True)\n'
    )
    built = attempt(tmp_path, ("build_wheel", "stderr", OPTION.format("plugged")), settings=SKIPPED)
    options = [one for one in warned(built, declared) if one.id == "unknown-setup-option"]
    assert [one.remedies for one in options] == [()]


def test_an_unknown_option_that_nothing_explains(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1', descripion='')\n")
    built = attempt(tmp_path, ("build_wheel", "stderr", OPTION.format("descripion")))
    (option,) = warned(built, declared)
    assert "`descripion`" in option.summary
    assert option.reason is not None
    assert option.remedies == ()


def test_options_that_only_steer_tests_are_harmless(tmp_path: Path) -> None:
    output: list[tuple[Phase, Stream, str]] = [
        ("build_wheel", "stderr", OPTION.format(name)) for name in ("tests_require", "test_suite")
    ]
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    assert warned(attempt(tmp_path, *output), declared) == ()


@pytest.mark.parametrize("version", ["0.0.0", "0.0", "0", "0+unknown", "0+untagged.1.gabc"])
def test_a_made_up_version_contradicts_pkg_info(tmp_path: Path, version: str) -> None:
    declared = pkg_info(tmp_path / "tree", METADATA)
    (one,) = warned(attempt(tmp_path), declared, METADATA.replace("1.0", version))
    assert one.id == "default-version"
    assert one.summary == f"setuptools made up the version {version}: PKG-INFO says 1.0"
    assert one.evidence is not None
    assert one.evidence.phase == "prepare_metadata"


def test_the_name_of_the_sdist_stands_in_for_pkg_info(tmp_path: Path) -> None:
    built = attempt(tmp_path, source=SDIST)
    metadata = METADATA.replace("1.0", "0.0.0").replace("demo", "UNKNOWN")
    version, name = warned(built, tree(tmp_path / "tree", setup_py="setup()\n"), metadata)
    assert version.summary.endswith("0.0.0: demo-1.0.tar.gz says 1.0")
    assert name.summary == "setuptools made up the name UNKNOWN: demo-1.0.tar.gz says demo"


def test_another_backend_is_called_by_its_name(tmp_path: Path) -> None:
    declared = pkg_info(tmp_path / "tree", METADATA)
    built = attempt(tmp_path, backend="hatchling.build")
    (one,) = warned(built, declared, METADATA.replace("1.0", "0.0.0"))
    assert one.summary == "hatchling.build made up the version 0.0.0: PKG-INFO says 1.0"


def test_a_placeholder_version_is_no_release(tmp_path: Path) -> None:
    directory = tmp_path / "tree"
    tree(directory, pyproject_toml='[tool.poetry]\nname = "demo"\nversion = "0.0.0"\n')
    declared = pkg_info(directory, METADATA)
    built = attempt(tmp_path, backend="poetry.core.masonry.api")
    (one,) = warned(built, declared, METADATA.replace("1.0", "0.0.0"))
    assert one.id == "default-version"
    assert one.summary == (
        "0.0.0, which pyproject.toml line 3 gives, is no release: PKG-INFO says 1.0"
    )


@pytest.mark.parametrize(
    ("files", "backend"),
    [
        ({"setup_py": "setup(name='demo', version='0.0.0')\n"}, "setuptools.build_meta"),
        ({"setup_py": "setup(name='demo', version=compute())\n"}, "setuptools.build_meta"),
        ({"setup_py": "setup(**keywords)\n"}, "setuptools.build_meta"),
        ({}, "flit_core.buildapi"),
    ],
)
def test_a_version_of_zeros_that_somebody_gave_is_no_warning(
    tmp_path: Path, files: dict[str, str], backend: str
) -> None:
    declared = tree(tmp_path / "tree", **files)
    built = attempt(tmp_path, backend=backend)
    assert warned(built, declared, METADATA.replace("1.0", "0.0.0")) == ()


def test_pkg_info_that_says_zero_is_right(tmp_path: Path) -> None:
    metadata = METADATA.replace("1.0", "0.0.0")
    assert warned(attempt(tmp_path), pkg_info(tmp_path / "tree", metadata), metadata) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1.0", "1.0+cu121", "the metadata has the version 1.0+cu121, but PKG-INFO says 1.0"),
        ("demo", "other", "the metadata has the name other, but PKG-INFO says demo"),
    ],
)
def test_any_other_contradiction_is_a_mismatch(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    directory = tmp_path / "tree"
    tree(directory, setup_py="setup(name=name(), version=version())\n")
    declared = pkg_info(directory, METADATA)
    (one,) = warned(attempt(tmp_path), declared, METADATA.replace(old, new))
    assert (one.id, one.summary) == ("metadata-mismatch", said)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("building extension \"demo._speed\" failed: command 'gcc' failed", "demo._speed"),
        ("warning: build_ext: building extension 'demo._speed' failed", "demo._speed"),
        ("WARNING: The demo._speed extension module could not be compiled.", "demo._speed"),
        ("WARNING: The C extension could not be compiled, speedups are not enabled.", ""),
        ("Failed to build optional extension", ""),
        ("*** Skipping optional C extension ***", ""),
        ("error compiling module, falling back to pure Python", ""),
        ("Plain-Python build succeeded.", ""),
        ("Speedups are disabled", ""),
    ],
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_an_extension_that_was_left_out_is_told(
    tmp_path: Path, line: str, name: str, stream: Stream
) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    output: list[tuple[Phase, Stream, str]] = [
        ("build_wheel", stream, text) for text in ("running build_ext", line, "done")
    ]
    (one,) = warned(attempt(tmp_path, *output), declared, wheel=write_wheel(tmp_path))
    assert one.id == "extension-skipped"
    assert one.summary.startswith(f"the extension {name} " if name else "an extension ")
    assert one.evidence is not None
    assert (one.evidence.stream, one.evidence.line) == (stream, 2)
    assert one.evidence.text == line
    assert "the wheel holds nothing compiled" in (one.reason or "")


@pytest.mark.parametrize(
    "line",
    [
        "skipping 'demo/_speed.c' Cython extension (up-to-date)",
        "building 'demo._speed' extension",
        "building extension modules",
        "copying demo/extension.py -> build/lib/demo",
        "gcc -c src/speedups.c -o build/speedups.o",
        "pure Python wheel",
        "x" * 200_000 + " extension",
    ],
)
def test_ordinary_lines_about_extensions_are_left_alone(tmp_path: Path, line: str) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    assert warned(attempt(tmp_path, ("build_wheel", "stdout", line)), declared) == ()


def test_several_extensions_are_one_warning(tmp_path: Path) -> None:
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    output: list[tuple[Phase, Stream, str]] = [
        ("build_wheel", "stderr", f'building extension "demo._{letter}" failed: x')
        for letter in "abca"
    ]
    (one,) = warned(attempt(tmp_path, *output), declared)
    assert one.summary.startswith("the extension demo._a, demo._b, demo._c could not")


def test_requirements_that_the_sdist_has_and_the_build_lost(tmp_path: Path) -> None:
    requires = "Requires-Dist: a>=1\nRequires-Dist: B\nRequires-Dist: c; extra == 'x'\n"
    declared = pkg_info(tmp_path / "tree", METADATA + requires)
    (one,) = warned(attempt(tmp_path), declared, METADATA + "Requires-Dist: b>=2\n")
    assert one.id == "requirements-dropped"
    assert one.summary == "the metadata lacks 1 requirement that PKG-INFO has: a>=1"
    assert one.reason is None
    (one,) = warned(attempt(tmp_path / "second"), declared, METADATA)
    assert one.summary == "the metadata lacks 2 requirements that PKG-INFO has: a>=1, B"
    assert one.reason == "the metadata has no requirement at all"


def test_a_requirement_under_a_condition_may_go(tmp_path: Path) -> None:
    directory = tmp_path / "tree"
    tree(
        directory,
        setup_py="r = []\nif old:\n    r.append('enum34>=1')\nsetup(name='demo', version='1.0')\n",
    )
    declared = pkg_info(directory, METADATA + "Requires-Dist: enum34 (>=1)\n")
    assert warned(attempt(tmp_path), declared) == ()


def test_fields_that_pkg_info_fixes_are_compared_once(tmp_path: Path) -> None:
    sdist = METADATA.replace("2.1", "2.2") + "Summary: one\nKeywords: a\nDynamic: Keywords\n"
    declared = pkg_info(tmp_path / "tree", sdist)
    metadata = METADATA + "Summary: two\n"
    wheel = write_wheel(tmp_path, metadata=metadata)
    (one,) = warnings_for(
        attempt(tmp_path),
        declared=declared,
        metadata=read_metadata(metadata.encode(), where="METADATA"),
        wheel=check_wheel(wheel, pkg_info=sdist.encode()),
    )
    assert one.id == "metadata-mismatch"
    assert one.summary.startswith("Summary differs from PKG-INFO")


def test_flaws_of_the_wheel_and_of_its_metadata_are_warnings(tmp_path: Path) -> None:
    metadata = METADATA + "License-File: LICENSE\n"
    wheel = write_wheel(
        tmp_path, metadata=metadata, wheel=WHEEL.replace("true", "maybe"), unlisted={"x.py": b""}
    )
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    reading = check_wheel(wheel)
    warnings = warnings_for(
        attempt(tmp_path), declared=declared, metadata=reading.metadata, wheel=reading
    )
    assert ids(warnings) == ["metadata-mismatch", "metadata-mismatch", "metadata-field"]
    assert [one.evidence and one.evidence.phase for one in warnings] == [
        "check",
        "check",
        "prepare_metadata",
    ]
    assert warnings[-1].evidence is not None
    assert warnings[-1].evidence.line == 4


def test_without_prepared_metadata_the_wheels_own_is_judged(tmp_path: Path) -> None:
    wheel = check_wheel(write_wheel(tmp_path))
    built = attempt(tmp_path, settings=Settings(skip=("prepare_metadata",)), source=SDIST)
    changed = msgspec.structs.replace(built, source=msgspec.structs.replace(SDIST, version="2"))
    declared = tree(tmp_path / "tree", setup_py="setup(name='demo', version='1.0')\n")
    (one,) = warnings_for(changed, declared=declared, metadata=None, wheel=wheel)
    assert one.summary == "the metadata has the version 1.0, but demo-1.0.tar.gz says 2"
    assert one.evidence is not None
    assert one.evidence.phase == "check"
    assert warnings_for(built, declared=declared, metadata=None) == ()


def test_what_was_told_before_is_not_told_again(tmp_path: Path) -> None:
    declared = pkg_info(tmp_path / "tree", METADATA)
    built = attempt(tmp_path)
    metadata = METADATA.replace("1.0", "0.0.0")
    first = warned(built, declared, metadata)
    assert len(first) == 1
    again = msgspec.structs.replace(built, warnings=first)
    assert warned(again, declared, metadata) == ()


def test_readings_and_static_facts_go_to_json_and_back(tmp_path: Path) -> None:
    declared = pkg_info(tmp_path / "tree", METADATA)
    assert msgspec.json.decode(msgspec.json.encode(declared), type=Declared) == declared
    wheel = check_wheel(write_wheel(tmp_path))
    assert msgspec.json.decode(msgspec.json.encode(wheel), type=type(wheel)) == wheel
