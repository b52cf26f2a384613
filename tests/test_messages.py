"""Real lines of every tool and how they are read; places; scans of whole outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.messages import (
    LONGEST,
    Message,
    Place,
    Scan,
    SourceFinder,
    named_places,
    place_near,
    read_message,
)
from buildscope.diagnosis.messages.formats import FORMATS
from buildscope.diagnosis.messages.places import ANYWHERE
from buildscope.journal.lines import SpoolReader
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.reports.markdown import markdown
from buildscope.reports.text import report
from tests.helpers.counting import Work
from tests.helpers.records import failed_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from buildscope.diagnosis.messages.formats import Format

# tool, line of output, file:line:column that it names
ERRORS = [
    # gcc, clang
    ("", "src/a.c:12:5: error: expected ';' before 'return'", "src/a.c:12:5"),
    ("", "src/a.c:12: error: expected ';' before 'return'", "src/a.c:12:0"),
    ("", "../src/a.c:3:10: fatal error: Python.h: No such file or directory", "../src/a.c:3:10"),
    ("", "x.c:3:10: fatal error: 'openssl/ssl.h' file not found", "x.c:3:10"),
    ("", "/home/u/My Projects/a/b.cpp:7:1: error: unknown type name 'x'", "/home/u/My Projects/a/b.cpp:7:1"),
    ("", "a.cc:8:1: internal compiler error: Segmentation fault", "a.cc:8:1"),
    ("", "a.cc:8:1: sorry, unimplemented: non-trivial designated initializers", "a.cc:8:1"),
    ("", "<stdin>:1:2: error: expected identifier", "<stdin>:1:2"),
    ("gcc", "gcc: error: a.c: No such file or directory", ""),
    ("x86_64-linux-gnu-gcc", "/usr/bin/x86_64-linux-gnu-gcc: error: unrecognized command-line option '-x'", ""),
    ("gcc", "gcc: fatal error: cannot execute 'cc1plus': execvp: No such file or directory", ""),
    ("gcc", "gcc: error trying to exec 'cc1plus': execvp: No such file or directory", ""),
    ("g++", "g++: internal compiler error: Killed (program cc1plus)", ""),
    ("clang", "clang: error: linker command failed with exit code 1 (use -v to see invocation)", ""),
    ("clang++-15", "clang++-15: error: no such file or directory: 'x.cc'", ""),
    ("cc1", "cc1: fatal error: x.c: No such file or directory", ""),
    ("cc1plus", "cc1plus: all warnings being treated as errors", ""),
    ("cc1", "cc1: some warnings being treated as errors", ""),
    ("", "/tmp/ccx.s:12: Error: no such instruction: `vfoo'", "/tmp/ccx.s:12:0"),
    # Visual C++
    ("", "src\\x.c(3): fatal error C1083: Cannot open include file: 'zlib.h': No such file or directory", "src\\x.c:3:0"),
    ("", "C:\\Program Files (x86)\\Kits\\x.h(12): error C2065: 'y': undeclared identifier", "C:\\Program Files (x86)\\Kits\\x.h:12:0"),
    ("", "1>a.cpp(12,5): error C2143: syntax error", "a.cpp:12:5"),
    ("LINK", "LINK : fatal error LNK1181: cannot open input file 'pq.lib'", ""),
    ("x.obj", "x.obj : error LNK2001: unresolved external symbol foo", ""),
    ("cl", "cl : Command line error D8021 : invalid numeric argument '/Wno-unused'", ""),
    ("NMAKE", "NMAKE : fatal error U1077: 'cl.exe' : return code '0x2'", ""),
    # gfortran, nvcc
    ("", "Error: Symbol 'x' at (1) has no IMPLICIT type", ""),
    ("", "Fatal Error: Cannot open module file 'm.mod' for reading at (1)", ""),
    ("f951", "f951: Fatal Error: Cannot open file 'x.f90'", ""),
    ("", 'a.cu(12): error: identifier "x" is undefined', "a.cu:12:0"),
    ("", 'a.cu(3): catastrophic error: cannot open source file "x.h"', "a.cu:3:0"),
    ("nvcc", "nvcc fatal   : Unsupported gpu architecture 'compute_35'", ""),
    ("nvcc", "nvcc error   : 'cudafe++' died due to signal 9 (Kill signal)", ""),
    ("ptxas", "ptxas fatal   : Unresolved extern function 'foo'", ""),
    # linkers
    ("ld", "/usr/bin/ld: cannot find -lpq: No such file or directory", ""),
    ("x86_64-linux-gnu-ld", "/usr/bin/x86_64-linux-gnu-ld: final link failed: bad value", ""),
    ("ld", "ld: library not found for -lomp", ""),
    ("ld", "ld: library 'omp' not found", ""),
    ("ld", "ld: symbol(s) not found for architecture arm64", ""),
    ("ld", "Undefined symbols for architecture arm64:", ""),
    ("ld", "a.c:(.text+0x5): undefined reference to `foo'", "a.c:0:0"),
    ("ld", "/usr/bin/ld: a.c:12: undefined reference to `foo'", "a.c:12:0"),
    ("ld", "/usr/bin/ld: /tmp/a.o:/src/a.c:12: multiple definition of `foo'", "/src/a.c:12:0"),
    ("ld", "/usr/bin/ld: x.o: relocation R_X86_64_32 against `.rodata' can not be used", ""),
    ("collect2", "collect2: error: ld returned 1 exit status", ""),
    ("ld.lld", "ld.lld: error: undefined symbol: foo", ""),
    ("mold", "mold: fatal: library not found: foo", ""),
    ("lld-link", "lld-link: error: could not open 'pq.lib': no such file or directory", ""),
    # CMake, ninja, make, scikit-build-core
    ("cmake", "CMake Error at CMakeLists.txt:5 (find_package):", "CMakeLists.txt:5:0"),
    ("cmake", "CMake Error at C:/x/CMakeLists.txt:5 (message):", "C:/x/CMakeLists.txt:5:0"),
    ("cmake", "CMake Error: CMAKE_C_COMPILER not set, after EnableLanguage", ""),
    ("cmake", "CMake Error in CMakeLists.txt:", "CMakeLists.txt:0:0"),
    ("cmake", "CMake Error at /usr/share/cmake-3.25/Modules/FindPackageHandleStandardArgs.cmake:230 (message):", "/usr/share/cmake-3.25/Modules/FindPackageHandleStandardArgs.cmake:230:0"),
    ("cmake", "-- Configuring incomplete, errors occurred!", ""),
    ("cmake", "*** CMake configuration failed", ""),
    ("ninja", "FAILED: src/foo.p/a.c.o ", ""),
    ("ninja", "FAILED: [code=1] src/foo.p/a.c.o", ""),
    ("ninja", "ninja: build stopped: subcommand failed.", ""),
    ("ninja", "ninja: error: loading 'build.ninja': No such file or directory", ""),
    ("make", "make: *** [all] Error 2", ""),
    ("make", "make[2]: *** [CMakeFiles/a.dir/build.make:76: CMakeFiles/a.dir/a.c.o] Error 1", "CMakeFiles/a.dir/build.make:76:0"),
    ("gmake", "gmake[1]: *** No rule to make target 'x'.  Stop.", ""),
    ("make", "make: gcc: No such file or directory", ""),
    ("make", "Makefile:12: *** missing separator.  Stop.", "Makefile:12:0"),
    # meson, configure, shells
    ("meson", '../meson.build:5:0: ERROR: Dependency "foo" not found, tried pkgconfig and cmake', "../meson.build:5:0"),
    ("", "ERROR: Neither source directory nor build directory contain a build file", ""),
    ("configure", "configure: error: no acceptable C compiler found in $PATH", ""),
    ("config.status", "config.status: error: cannot find input file: `Makefile.in'", ""),
    ("configure", "./configure: line 2345: syntax error near unexpected token `FOO'", ""),
    ("sh", "/bin/sh: 1: gcc: not found", ""),
    ("bash", "bash: line 1: cmake: command not found", ""),
    ("env", "env: 'python2': No such file or directory", ""),
    # cargo, rustc
    ("rustc", "error[E0425]: cannot find value `x` in this scope", ""),
    ("", "error: could not compile `pyo3` (lib) due to 2 previous errors", ""),
    ("", "error: failed to run custom build command for `openssl-sys v0.9`", ""),
    ("rust", "thread 'main' panicked at build.rs:10:5:", "build.rs:10:5"),
    ("rust", "thread 'main' (4711) panicked at src/x.rs:1:2:", "src/x.rs:1:2"),
    ("maturin", "\N{COLLISION SYMBOL} maturin failed", ""),
    # pkg-config
    ("pkg-config", "Package libfoo was not found in the pkg-config search path.", ""),
    ("pkg-config", "No package 'libfoo' found", ""),
    ("pkg-config", "Package 'libfoo', required by 'virtual:world', not found", ""),
    # Cython, Python, setuptools, pip, uv, git
    ("cython", "src/foo.pyx:3:5: undeclared name not builtin: x", "src/foo.pyx:3:5"),
    ("python", "ModuleNotFoundError: No module named 'torch'", ""),
    ("python", "subprocess.CalledProcessError: Command '['cmake']' returned non-zero exit status 1.", ""),
    ("python", "      AttributeError: cython_sources", ""),
    ("python", "  | ValueError: one of a group", ""),
    ("python", "AssertionError", ""),
    ("python", "SystemExit: 1", ""),
    ("python", "KeyError: 0", ""),
    ("setuptools", "error: command '/usr/bin/gcc' failed with exit code 1", ""),
    ("setuptools", "error: command 'gcc' failed: No such file or directory", ""),
    ("setup.py", "setup.py: error: unrecognized arguments: --x", ""),
    ("meson-python", 'meson-python: error: meson executable "meson" not found', ""),
    ("", "ERROR: Failed building wheel for x", ""),
    ("", "  error: subprocess-exited-with-error", ""),
    ("", "  \N{MULTIPLICATION SIGN} Getting requirements to build wheel did not run successfully.", ""),
    ("python", "ERROR:root:Code generator error", ""),
    ("", "[ERROR] no such option", ""),
    ("git", "fatal: not a git repository (or any of the parent directories): .git", ""),
    ("npm", "npm ERR! code ENOENT", ""),
]  # fmt: skip
WARNINGS = [
    ("", "src/a.c:12:5: warning: unused variable 'x' [-Wunused-variable]", "src/a.c:12:5"),
    ("", 'a.cu(12): warning #177-D: variable "x" was declared but never referenced', "a.cu:12:0"),
    ("", "a.c(3): warning C4996: 'strcpy': This function may be unsafe", "a.c:3:0"),
    ("", "foo.i:12: Warning 302: Identifier 'x' redefined", "foo.i:12:0"),
    ("cc1plus", "cc1plus: warning: command-line option '-Wstrict-prototypes' is valid for C", ""),
    ("clang", "clang: warning: argument unused during compilation: '-pthread'", ""),
    ("cl", "cl : Command line warning D9002 : ignoring unknown option '-std=c++11'", ""),
    ("ptxas", "ptxas warning : Stack size for entry function cannot be statically determined", ""),
    ("ld", "ld: warning: directory not found for option '-L/opt'", ""),
    ("ld", "/usr/bin/ld: skipping incompatible /usr/lib/libx.so when searching for -lx", ""),
    ("ld", "/usr/bin/ld: x.o: warning: relocation against `y' in read-only section", ""),
    ("cmake", "CMake Warning at CMakeLists.txt:3 (message):", "CMakeLists.txt:3:0"),
    ("cmake", "CMake Warning (dev) at a/x.cmake:3 (set):", "a/x.cmake:3:0"),
    ("cmake", "CMake Deprecation Warning at CMakeLists.txt:1 (cmake_minimum_required):", "CMakeLists.txt:1:0"),
    ("meson", "meson.build:1: WARNING: Project does not target a minimum version", "meson.build:1:0"),
    ("configure", "configure: WARNING: libfoo not found, disabling", ""),
    ("make", "make: warning:  Clock skew detected.  Your build may be incomplete.", ""),
    ("", "warning: unused variable: `x`", ""),
    ("", "warning: no files found matching '*.c' under directory 'src'", ""),
    ("cargo", "cargo:warning=linker flags are ignored", ""),
    ("cython", "warning: src/foo.pyx:10:4: Unreachable code", "src/foo.pyx:10:4"),
    ("python", "/e/setuptools/dist.py:12: SetuptoolsDeprecationWarning: x is deprecated", "/e/setuptools/dist.py:12:0"),
    ("", "WARNING: The wheel package is not available.", ""),
    ("", "  DEPRECATION: Building 'x' using the legacy setup.py", ""),
]  # fmt: skip
NOTES = [
    ("", "a.c:12:5: note: in expansion of macro 'X'", "a.c:12:5"),
    ("gcc", "In file included from src/x.h:3,", "src/x.h:3:0"),
    ("gcc", "                 from src/b.c:4:", "src/b.c:4:0"),
    ("rustc", " --> src/lib.rs:10:5", "src/lib.rs:10:5"),
    ("gfortran", "src/a.f90:12:5:", "src/a.f90:12:5"),
    ("python", '  File "/t/setup.py", line 19, in <module>', "/t/setup.py:19:0"),
    ("ld", "/usr/bin/ld: /tmp/a.o: in function `main':", ""),
    ("ld", ">>> referenced by a.c:12 (src/a.c:12)", "a.c:12:0"),
    ("cython", "performance hint: src/foo.pyx:12:4: Exception check will always require the GIL", "src/foo.pyx:12:4"),
]  # fmt: skip
NOTHING = [
    "",
    "gcc -Wall -Werror -Werror=format-security -c src/error.c -o build/error.o",
    "[12/85] /usr/bin/cc -Werror -MF a/error.c.o.d -c ../error.c:x",
    "/usr/bin/ld -shared -o libwarning.so error.o",
    "checking for error_at_line... yes",
    "checking whether the error: format works... no",
    "-- Performing Test HAVE_ERROR - Failed",
    "-- Could NOT find BLAS (missing: BLAS_LIBRARIES)",
    "copying src/pkg/errors.py -> build/lib/pkg",
    "adding 'pkg/warnings.py'",
    "0 errors, 0 warnings",
    "error: 0",
    "errors: 0",
    "warning: 0",
    "Warnings: 0",
    "1 warning generated.",
    "Error compiling Cython file:",
    'Has header "error.h" : YES',
    "Run-time dependency foo found: NO (tried pkgconfig)",
    "make: [clean] Error 1 (ignored)",
    "make[1]: *** [clean] Error 1 (ignored)",
    "make[1]: Entering directory '/x/error'",
    "ninja: Entering directory `build'",
    "Traceback (most recent call last):",
    "    raise ValueError('error: no')",
    '    12 | #error "no"',
    "12:30:59 building error handling",
    "https://example.org:8080/error: x",
    "compilation terminated.",
    "a.c: In function 'main':",
    "Successfully installed error-handler-1.0",
    "Compiling thiserror v1.0.40",
    "NameErrors are handled",
    "running build_ext",
    "No errors: done",
]  # fmt: skip


def _placed(message: Message) -> str:
    return f"{message.file}:{message.line}:{message.column}" if message.file else ""


@pytest.mark.parametrize(
    ("severity", "tool", "line", "place"),
    [
        *(("error", *case) for case in ERRORS),
        *(("warning", *case) for case in WARNINGS),
        *(("note", *case) for case in NOTES),
    ],
)
def test_what_tools_say(severity: str, tool: str, line: str, place: str) -> None:
    message = read_message(line)
    assert message is not None
    assert (message.severity, message.tool, _placed(message)) == (severity, tool, place)
    assert line.rstrip().endswith(message.text)


@pytest.mark.parametrize("line", NOTHING)
def test_what_is_no_message(line: str) -> None:
    assert read_message(line) is None


def test_the_text_is_what_the_tool_said_of_it() -> None:
    said = {
        "a.c:1:2: error: expected ';'": "expected ';'",
        "x.c(3): fatal error C1083: Cannot open include file: 'z.h'": "Cannot open include file: 'z.h'",
        "ld: cannot find -lpq": "cannot find -lpq",
        "error[E0425]: cannot find value": "cannot find value",
        "ModuleNotFoundError: No module named 'torch'": "ModuleNotFoundError: No module named 'torch'",
        "f.pyx:3:5: undeclared name": "undeclared name",
        "No package 'libfoo' found": "No package 'libfoo' found",
    }
    for line, text in said.items():
        message = read_message(line)
        assert message is not None
        assert message.text == text


def test_of_a_long_line_only_the_beginning_is_read() -> None:
    message = read_message("a.c:1: error: " + "x" * 100_000)
    assert message is not None
    assert len(message.text) < LONGEST
    assert read_message("x" * LONGEST + ": error: y") is None
    assert read_message("a.c:" + "1" * 3_000 + ": error: x") is None


# The work that patterns do

UNITS = [
    "a", " ", "1", "/", "a/", "a:", "a.", "-", "a-", "(1", "a(1", "1:", "[1]", "a b ", ".o:", "x.o:",
    "'a' ", "'", '"', "| ", "ld: ", "/ld", "ld-", "make", "Error", "error: ", "error[", "error 1",
    "a.pyx:", "Package ", "from a", "thread 'a' ", "CMake ", "\t", "+ ", "not found ", "sh: ",
]  # fmt: skip
BEGINNINGS = [
    "", "a.c:1: ", "a.c:1:2: error ", "/usr/bin/ld: ", "ld: a.o:", "sh: ", "make: *** ", "a.c:(", "error[",
    "CMake Error at ", "thread 'main' panicked at ", "Package '", " --> ", '  File "', "x(", "warning: ",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.pattern.pattern[:60])
def test_reading_is_linear_in_the_line(form: Format) -> None:
    """Twice as long a line is at most twice the work, whatever it repeats."""
    work = Work(form.pattern.pattern)
    for beginning in BEGINNINGS:
        for unit in UNITS:
            steps = []
            for length in (200, 400):
                before = work.steps
                work.match(beginning + unit * (length // len(unit)))
                steps.append(work.steps - before)
            assert steps[1] <= 2 * steps[0] + 400, (beginning, unit, steps)


@pytest.mark.parametrize(
    ("pattern", "unit"), [(r"\s*\s*x", " "), (r"[^:]*a[^:]*:", "a"), (r"(?:a+)+b", "a")]
)
def test_the_counting_matcher_sees_what_is_not_linear(pattern: str, unit: str) -> None:
    short, long = Work(pattern), Work(pattern)
    assert short.match(unit * 6) is None
    assert long.match(unit * 12) is None
    assert long.steps > 3 * short.steps


def test_the_counting_matcher_matches_as_re_does() -> None:
    work = Work(r"(?P<x>[a-c]+\d?):(?=\s|$)")
    assert work.match("abc1: x") == 5
    assert work.match("abd1:") is None
    for _, line, _ in (*ERRORS, *WARNINGS, *NOTES):
        for form in FORMATS:
            found = form.pattern.match(line)
            assert Work(form.pattern.pattern).match(line) == (found.end() if found else None)


def test_places_are_sought_once_a_word() -> None:
    """Not from every letter of a long word: the search begins where a word does."""
    text = "a" * 2000 + " b.c:3: x"
    assert [found.start() for found in ANYWHERE.finditer(text)] == [2001]
    assert ANYWHERE.pattern.startswith("(?<![^")


# Places


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("src/a.c", "src/deep/b.c", "lib/b.c", "setup.py", "My Dir/c.c"):
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (tmp_path / "outside.h").write_text("")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "shared.h").write_text("")
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("src/a.c", "src/a.c"),
        ("./src/a.c", "src/a.c"),
        ("../src/a.c", "src/a.c"),
        ("../../src/a.c", "src/a.c"),
        ("src\\a.c", "src/a.c"),
        ("a.c", "src/a.c"),
        ("deep/b.c", "src/deep/b.c"),
        ("b.c", None),
        ("/io/src/a.c", "src/a.c"),
        ("/io/a.c", None),
        ("/a.c", None),
        ("../outside.h", None),
        ("/no/such/thing.c", None),
        ("a\0.c", None),
        ("x" * 5000, None),
        ("..", None),
        ("", None),
    ],
)
def test_files_are_found_from_wherever_the_tool_ran(
    project: Path, named: str, found: str | None
) -> None:
    assert SourceFinder(project).find(named) == found


def test_files_outside_and_in_other_directories(project: Path) -> None:
    outside, tree = project.parent / "outside.h", project.parent / "tree"
    finder = SourceFinder(project, [tree])
    assert finder.find(str(outside)) == str(outside)
    assert finder.find(f"{project}/src/a.c") == "src/a.c"
    assert finder.find("shared.h") == str(tree / "shared.h")
    assert SourceFinder(project).find("shared.h") is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("src/a.c:12:5: error: x", [("src/a.c", 12, 5)]),
        ("In file included from x.h:1,", [("x.h", 1, 0)]),
        ("in setup.py:3: failed", [("setup.py", 3, 0)]),
        ('  File "a b.py", line 3, in f', [("a b.py", 3, 0)]),
        ("see (lib/x.py:7) and y.c(8)", [("lib/x.py", 7, 0), ("y.c", 8, 0)]),
        ("nothing here", []),
    ],
)
def test_places_that_a_line_names(text: str, places: list[tuple[str, int, int]]) -> None:
    found = list(dict.fromkeys(named_places(text)))
    assert found == [Place(*place) for place in places]


def test_a_place_is_sought_where_the_tool_writes_it() -> None:
    rust = "error[E0425]: cannot find value `x`"
    assert place_near(rust, [], ["  --> src/lib.rs:10:5", "   |"]) == Place("src/lib.rs", 10, 5)
    assert place_near(rust, [], ["error: another", " --> src/b.rs:1:1"]) is None
    fortran = ["a.f90:12:5:", "", "   12 |  x = 1", "      |     1"]
    assert place_near("Error: no IMPLICIT type", fortran, []) == Place("a.f90", 12, 5)
    assert place_near("a.c:1:2: error: x", fortran, []) == Place("a.c", 1, 2)
    assert place_near("nothing", fortran, []) is None


# Scans


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "out", Redactor())
    yield spool
    spool.close()


def _scanned(spool: Spool) -> tuple[list[int], list[int]]:
    scan, reader = Scan(), SpoolReader(spool.directory)
    scan.take(reader)
    reader.close()
    return list(scan.lines("error")), list(scan.lines("warning"))


def _expected(spool: Spool) -> tuple[list[int], list[int]]:
    reader = SpoolReader(spool.directory)
    read = [read_message(text) for _, text in reader.lines()]
    reader.close()
    by = {
        severity: [
            at for at, one in enumerate(read) if one is not None and one.severity == severity
        ]
        for severity in ("error", "warning")
    }
    return by["error"], by["warning"]


def test_a_scan_finds_every_line_that_is_read_so(spool: Spool) -> None:
    cases = [*ERRORS, *WARNINGS, *NOTES]
    lines = [line for _, line, _ in cases]
    lines = [each for pair in zip(lines, NOTHING * 9, strict=False) for each in pair]
    assert {line for _, line, _ in cases} <= set(lines)
    for at, line in enumerate(lines):
        spool.write("stdout" if at % 3 else "stderr", f"{line}\n".encode())
    spool.close()
    assert _scanned(spool) == _expected(spool)
    assert len(_scanned(spool)[0]) == len(ERRORS)
    assert len(_scanned(spool)[1]) == len(WARNINGS)


def test_colours_progress_and_line_ends_hide_no_error(spool: Spool) -> None:
    spool.write(
        "stderr", b"\x1b[01m\x1b[Ksrc/a.c:1:2:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx\n"
    )
    spool.write("stderr", b"10%\r50%\rerror: of a bar\n")
    spool.write("stderr", b"error: of Windows\r\nAssertionError\r\nfine\r\n")
    spool.write("stderr", b"\x1b]0;title\x07a.c:1: warning: x\n")
    spool.close()
    assert _scanned(spool) == ([0, 1, 2, 3], [5])


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_chunks_of_both_streams_and_a_scan_that_goes_on(spool: Spool, size: int) -> None:
    stdout = b"a.c:1: error: one\nfine\nld: cannot find -lx\n" * 5 + b"error: not ended"
    stderr = b"warning: w\nerror: two\n\n" * 7
    scan, reader = Scan(), SpoolReader(spool.directory)
    for at in range(0, max(len(stdout), len(stderr)), size):
        spool.write("stdout", stdout[at : at + size])
        spool.write("stderr", stderr[at : at + size])
        reader.refresh()
        scan.take(reader)
        scan.take(reader)
    assert (list(scan.lines("error")), list(scan.lines("warning"))) == _expected(spool)
    assert len(scan.lines("error")) == 18
    reader.close()


def test_each_byte_of_an_output_is_read_once(spool: Spool) -> None:
    """However often the scan goes on, and however many lines are errors."""
    read: list[int] = []

    class Counting(SpoolReader):
        def parts(self, begin: int = 0) -> Iterator[Any]:
            for part in super().parts(begin):
                read.append(len(part.data))
                yield part

    scan, reader = Scan(), Counting(spool.directory)
    for _ in range(50):
        spool.write("stderr", b"a.c:1:2: error: x\n" * 100)
        reader.refresh()
        scan.take(reader)
    reader.close()
    assert sum(read) == 50 * 100 * len("a.c:1:2: error: x\n")
    assert list(scan.lines("error")) == list(range(5000))


def test_a_line_of_megabytes_is_read_at_its_beginning_only(spool: Spool) -> None:
    spool.write("stdout", b"error: " + b"x" * (3 << 20))
    spool.write("stdout", b"y" * (3 << 20) + b" error: z\nerror: next\n")
    spool.close()
    assert _scanned(spool) == ([0, 1], [])


# Evidence


def test_the_source_that_an_error_is_about_goes_with_the_cause(tmp_path: Path) -> None:
    project = tmp_path / "tree"
    (project / "src").mkdir(parents=True)
    text = "".join(f"int line_{number};\n" for number in range(1, 30))
    (project / "src" / "a.c").write_text(text)
    record = failed_session(
        tmp_path,
        phase="build_wheel",
        stderr="gcc -c a.c\n../src/a.c:12:5: error: expected ';'\n   12 | int line_12\n",
    )
    causes = diagnose(record, 1)
    assert causes[0].id == "compile-error"
    assert causes[0].evidence is not None
    frame = causes[0].evidence.source
    assert frame is not None
    assert (frame.file, frame.line, frame.source) == ("src/a.c", 12, "int line_12;")
    failed = msgspec.structs.replace(record.attempts[0], causes=causes)
    record = msgspec.structs.replace(record, attempts=(failed,))
    printed = "\n".join(str(part) for part in report(record))
    assert "  src/a.c:12\n    10 │ int line_10;\n" in printed
    assert "  ❱ 12 │ int line_12;\n       │     ^\n" in printed
    assert "❱ 12 │ int line_12;" in markdown(record, failed)


def test_an_error_that_names_nothing_of_the_project_has_no_source(tmp_path: Path) -> None:
    record = failed_session(
        tmp_path, phase="build_wheel", stderr="/no/such.c:12:5: error: expected ';'\n"
    )
    evidence = diagnose(record, 1)[0].evidence
    assert evidence is not None
    assert evidence.source is None
