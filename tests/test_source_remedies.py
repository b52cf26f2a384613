"""Changes of the source that cure: edits of setup.py, its own switches, versions told by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.asks_git import with_answer, with_default_version
from buildscope.diagnosis.evaluating import UNKNOWN, Module, World
from buildscope.diagnosis.facts import FailedPhase
from buildscope.diagnosis.own_path import with_builtins, with_folder_on_path, with_own_file
from buildscope.diagnosis.source_edits import Change, changed, parsed
from buildscope.diagnosis.switch_files import system_copies
from buildscope.diagnosis.switch_reading import bypass, switches
from buildscope.diagnosis.switches import cuda_remedies, extension_remedies, network_remedies
from buildscope.model.failure import Cause, ExceptionRecord, Frame
from tests.helpers.records import exception, failed_session

if TYPE_CHECKING:
    from pathlib import Path

CUDA = """\
import os, torch
from torch.utils.cpp_extension import CUDAExtension
FORCE_BUILD = os.getenv("MINE_FORCE_BUILD", "FALSE") == "TRUE"
SKIP_CUDA = os.environ.get("MINE_SKIP_CUDA", "no").lower() in ("yes", "y")
ext_modules = []
if not SKIP_CUDA:
    ext_modules.append(CUDAExtension("x", ["x.cu"]))

class Cached:
    def run(self):
        if FORCE_BUILD:
            return super().run()
        url = guess(torch.version.cuda)
"""


def facts(directory: Path, phase: Any = "get_requires", **fields: Any) -> FailedPhase:
    record = failed_session(directory, phase=phase, **fields)
    return FailedPhase(record, record.attempts[0], record.attempts[0].phase(phase))


def setup_py(directory: Path, text: str, file: str = "setup.py") -> None:
    path = directory / "tree" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def first(directory: Path, text: str, raised: str, frame: str, **fields: Any) -> Cause:
    setup_py(directory, text)
    raised_ = exception(raised, [frame])
    return diagnose(failed_session(directory, raised=raised_, **fields), 1)[0]


# a setup.py that counts on being run as a program


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("here = abspath(dirname(getsource(lambda: 0)))", "here = abspath(dirname(__file__))"),
        (
            "here = os.path.realpath(inspect.getfile(inspect.currentframe()))",
            "here = os.path.realpath(__file__)",
        ),
        (
            "here = os.path.dirname(sys.argv[0])",
            'here = os.path.dirname(__import__("os").path.abspath(__file__))',
        ),
        (
            "here = Path(sys.modules['__main__'].__file__).resolve().parent",
            "here = Path(__file__).resolve().parent",
        ),
        (
            "here = os.path.abspath(inspect.stack()[0][1])",
            "here = os.path.abspath(__file__)",
        ),
        (
            "here = os.path.abspath(inspect.getmodule(inspect.currentframe()).__file__)",
            "here = os.path.abspath(__file__)",
        ),
    ],
)
def test_every_way_to_its_own_file_becomes_file(before: str, after: str) -> None:
    text = "# é ü\r\nimport os\r\n{}  # kept\r\nsetup()\r\n"
    assert with_own_file(text.format(before)) == text.format(after)


@pytest.mark.parametrize(
    "text", ["here = os.path.dirname(__file__)", "if sys.argv[0] == 'x': pass", "print 'two'"]
)
def test_what_does_not_ask_for_its_file_is_left_alone(text: str) -> None:
    assert with_own_file(text) is None


def test_attributes_of_builtins_are_those_of_the_module() -> None:
    text = "class B:\n    def f(self):\n        __builtins__.__NUMPY_SETUP__ = False  # why\n"
    expected = text.replace("__builtins__.", '__import__("builtins").')
    assert with_builtins(text) == expected
    assert with_builtins("__builtins__['x'] = 1\n") is None


def test_the_folder_goes_on_the_path_behind_docstring_and_future() -> None:
    text = '"""Doc."""\nfrom __future__ import print_function\n# mine\nimport helper\n'
    edited = with_folder_on_path(text, "src")
    assert edited is not None
    assert edited.startswith('"""Doc."""\nfrom __future__ import print_function\n# mine\nimport os')
    assert (
        'sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))\nimport helper\n'
        in edited
    )
    compile(edited, "setup.py", "exec")


def test_an_edit_changes_only_its_expression_behind_wide_characters() -> None:
    text = "x = 'ü' + f(1)\ny = 2"
    tree = parsed(text)
    assert tree is not None
    node = tree.body[0].value.right  # type: ignore[attr-defined]
    assert changed(text, [Change(node, "g()")]) == "x = 'ü' + g()\ny = 2"


@pytest.mark.parametrize(
    ("raised", "text", "expected"),
    [
        (
            "OSError: could not get source code",
            "here = abspath(dirname(getsource(lambda:0)))",
            "here = abspath(dirname(__file__))\n",
        ),
        (
            "AttributeError: 'dict' object has no attribute '__MINE__'",
            "__builtins__.__MINE__ = False",
            '__import__("builtins").__MINE__ = False\n',
        ),
        (
            "TypeError: expected str, bytes or os.PathLike object, not NoneType",
            "here = abspath(inspect.getsourcefile(lambda: 0))",
            "here = abspath(__file__)\n",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: '/x/pyproject_hooks/_in_process/VERSION'",
            "v = open(join(realpath(sys.argv[0]), 'VERSION'))",
            "v = open(join(realpath(__file__), 'VERSION'))\n",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: ''",
            "os.chdir(os.path.dirname(sys.argv[0]))",
            'os.chdir(os.path.dirname(__import__("os").path.abspath(__file__)))\n',
        ),
    ],
)
def test_the_blamed_construct_is_edited(
    tmp_path: Path, raised: str, text: str, expected: str
) -> None:
    cause = first(tmp_path, f"{text}\n", raised, f"project setup.py 1 {text}")
    assert (cause.id, cause.confidence) == ("incompatible-build-requirement", "certain")
    assert cause.remedies[0].files == {"setup.py": expected}
    assert "instead of" in cause.remedies[0].summary


def test_a_file_that_is_not_utf8_is_not_rewritten(tmp_path: Path) -> None:
    line = "__builtins__.X = 1"
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/setup.py").write_bytes(b"# -*- coding: latin-1 -*- \xe9\n" + line.encode())
    raised = exception(
        "AttributeError: 'dict' object has no attribute 'X'", [f"project setup.py 2 {line}"]
    )
    cause = diagnose(failed_session(tmp_path, raised=raised), 1)[0]
    assert not cause.remedies[0].files
    assert "import builtins" in cause.remedies[0].summary


def test_a_module_beside_setup_py_is_found_by_an_edit(tmp_path: Path) -> None:
    setup_py(tmp_path, "VERSION = 1\n", "helper_mod.py")
    cause = first(
        tmp_path,
        "import helper_mod\n",
        "ModuleNotFoundError: No module named 'helper_mod'",
        "project setup.py 1 import helper_mod",
    )
    assert "sys.path.insert" in cause.remedies[0].files["setup.py"]


# switches


def module(text: str) -> Module:
    tree = parsed(text)
    assert tree is not None
    return Module.of(tree)


@pytest.mark.parametrize(
    ("expression", "environ", "expected"),
    [
        ("os.getenv('A', 'FALSE') == 'TRUE'", {"A": "TRUE"}, True),
        ("os.environ.get('A', '0').lower() in ('1', 'yes')", {"A": "YES"}, True),
        ("bool(int(os.environ.get('A', 0)))", {"A": "1"}, True),
        ("bool(int(os.environ.get('A', 0)))", {"A": "TRUE"}, UNKNOWN),
        ("strtobool(os.getenv('A', 'n'))", {"A": "on"}, 1),
        ("'A' in os.environ", {}, False),
        ("'A' not in environ", {"A": ""}, False),
        ("os.environ['A'] != '0'", {}, UNKNOWN),
        ("flag('A') and anything()", {}, False),
        ("flag('A', '1') or anything()", {}, True),
        ("env.get('A') is not None", {"A": "x"}, True),
        ("not NAMED", {"N": "1"}, False),
        ("'1' if 'A' in os.environ else '0'", {"A": "1"}, "1"),
        ("open('x').read()", {}, UNKNOWN),
    ],
)
def test_an_expression_is_evaluated_without_running_it(
    expression: str, environ: dict[str, str], expected: object
) -> None:
    text = (
        "import os\nenv = os.environ\nNAMED = os.getenv('N')\n"
        "def flag(name, default='0'):\n    return os.getenv(name, default) == '1'\n"
        f"result = {expression}\n"
    )
    made = module(text)
    assert World(made, environ).value(made.names["result"]) == expected


def test_a_switch_has_the_value_that_the_code_compares_with(tmp_path: Path) -> None:
    setup_py(tmp_path, CUDA)
    found = {switch.variable: switch.value for switch in switches(facts(tmp_path))}
    assert found == {"MINE_FORCE_BUILD": "TRUE", "MINE_SKIP_CUDA": "yes"}


def test_switches_of_modules_that_setup_py_imports_are_found(tmp_path: Path) -> None:
    setup_py(tmp_path, "import tools.build\n")
    setup_py(
        tmp_path,
        "import os\nif os.environ.get('WITH_X', '1') == '1':\n    pass\n",
        "tools/build.py",
    )
    (found,) = switches(facts(tmp_path))
    assert (found.variable, found.value, found.turns_on) == ("WITH_X", "0", False)


@pytest.mark.parametrize("variable", ["CFLAGS", "HOME", "CUDA_HOME", "LD_LIBRARY_PATH"])
def test_variables_of_other_tools_are_no_switches(tmp_path: Path, variable: str) -> None:
    setup_py(tmp_path, f"import os\nif os.environ.get('{variable}'):\n    pass\n")
    assert switches(facts(tmp_path)) == ()


def test_without_cuda_goes_without_the_search_for_a_wheel(tmp_path: Path) -> None:
    setup_py(tmp_path, CUDA)
    both, only = cuda_remedies(facts(tmp_path))
    assert both.label == "MINE_SKIP_CUDA=yes MINE_FORCE_BUILD=TRUE"
    assert only.label == "MINE_SKIP_CUDA=yes"
    assert both.loses == "its CUDA extension"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (7, [("MINE_SKIP_CUDA", "yes")]),
        (13, [("MINE_FORCE_BUILD", "TRUE")]),
        (5, []),
    ],
)
def test_what_leaves_a_line_out_is_found_by_its_conditions(
    line: int, expected: list[tuple[str, str]]
) -> None:
    assert bypass(module(CUDA), line, {}) == expected


def test_code_that_a_switch_leaves_out_is_told_with_it(tmp_path: Path) -> None:
    cause = first(
        tmp_path,
        CUDA,
        "TypeError: nothing that any rule knows",
        "project setup.py 13 url = guess(torch.version.cuda)",
    )
    assert cause.confidence == "guess"
    assert cause.remedies[0].label == "MINE_FORCE_BUILD=TRUE"
    assert cause.remedies[0].loses


def test_code_for_cuda_without_its_compiler_misses_the_toolchain(tmp_path: Path) -> None:
    setup_py(tmp_path, CUDA)
    raised = exception(
        "NameError: name 'version' is not defined", ["project setup.py 7 ext_modules.append("]
    )
    warning = "UserWarning: mine was requested, but nvcc was not found.  Are you sure?"
    cause = diagnose(failed_session(tmp_path, raised=raised, stderr=warning), 1)[0]
    assert (cause.id, cause.confidence) == ("missing-toolchain", "likely")
    assert cause.remedies[0].label == "MINE_SKIP_CUDA=yes MINE_FORCE_BUILD=TRUE"


def test_a_missing_header_has_the_switch_behind_the_package(tmp_path: Path) -> None:
    setup_py(
        tmp_path,
        "import os\nif not os.environ.get('NO_EXTENSIONS'):\n    e = [Extension('x', ['x.c'])]\n",
    )
    record = failed_session(
        tmp_path,
        phase="build_wheel",
        stderr="x.c:1:10: fatal error: sasl/sasl.h: No such file or directory\n",
        raised=exception("SystemExit: error: command '/usr/bin/gcc' failed with exit code 1"),
    )
    cause = diagnose(record, 1)[0]
    assert cause.id == "missing-header"
    assert cause.remedies[-1].label == "NO_EXTENSIONS=1"
    assert cause.remedies[-1].loses == "its extension modules"


def test_a_download_gives_way_to_the_system_or_to_a_build_here(tmp_path: Path) -> None:
    setup_py(
        tmp_path,
        "import os\nLOCAL = os.getenv('X_BUILD_FROM_SOURCE', '0') == '1'\n"
        "A = 'SYSTEM_FREETYPE' in os.environ\nB = 'SYSTEM_ZLIB' in os.environ\n",
    )
    labels = [r.label for r in network_remedies(facts(tmp_path), "https://x.invalid/freetype.tgz")]
    assert labels == ["X_BUILD_FROM_SOURCE=1", "SYSTEM_FREETYPE=1"]


def test_an_option_of_a_template_is_written_to_the_file(tmp_path: Path) -> None:
    template = "# x\n[libs]\n# use the system's\n#system_freetype = False\n#system_qhull = False\n"
    setup_py(tmp_path, template, "setup.cfg.template")
    (made,) = system_copies(facts(tmp_path), "cannot get https://x.invalid/FreeType.tgz")
    assert made.files == {"setup.cfg": "[libs]\nsystem_freetype = True\n"}
    setup_py(tmp_path, "[egg_info]\ntag_date = 0\n\n[libs]\nverbose = 1\n", "setup.cfg")
    (both,) = system_copies(facts(tmp_path), "something else")
    assert both.files["setup.cfg"].startswith("[egg_info]\ntag_date = 0\n\n[libs]\nsystem_")
    assert "system_qhull = True\n" in both.files["setup.cfg"]
    assert both.files["setup.cfg"].endswith("verbose = 1\n")


def test_a_project_without_switches_offers_none(tmp_path: Path) -> None:
    setup_py(
        tmp_path,
        "from setuptools import setup, Extension\nsetup(ext_modules=[Extension('x', [])])\n",
    )
    known = facts(tmp_path)
    assert cuda_remedies(known) == extension_remedies(known) == network_remedies(known, "x") == []


# versions


@pytest.mark.parametrize(
    ("raised", "installed", "label"),
    [
        ("RuntimeError: Unable to detect version control system.", "poetry-dynamic-versioning", "POETRY_DYNAMIC_VERSIONING_BYPASS=1.4"),
        ("PDMException: Cannot find the version from SCM or SCM isn't detected.", "pdm-backend", "PDM_BUILD_SCM_VERSION=1.4"),
        ("RuntimeError: Error getting the version from source `uv-dynamic-versioning`: x", "hatchling", "UV_DYNAMIC_VERSIONING_BYPASS=1.4"),
        ("RuntimeError: Error getting the version from source `vcs`: x", "hatch-vcs", "SETUPTOOLS_SCM_PRETEND_VERSION=1.4"),
    ],
)  # fmt: skip
def test_each_tool_is_told_the_version_by_its_own_variable(
    tmp_path: Path, raised: str, installed: str, label: str
) -> None:
    record = failed_session(tmp_path, raised=exception(raised), installed={installed: "1"})
    cause = diagnose(record, 1)[0]
    assert (cause.id, cause.remedies[0].label) == ("needs-vcs", label)


def test_a_question_to_git_is_answered_in_the_source(tmp_path: Path) -> None:
    line = "v = check_output(['git', 'describe', '--tags']).decode().strip()"
    frame = Frame(file="setup.py", line=2, function="<module>", source=line)
    raised = ExceptionRecord(
        type="CalledProcessError",
        message="Command '['git', 'describe', '--tags']' returned non-zero exit status 128.",
        frames=(frame,),
    )
    setup_py(tmp_path, f"from subprocess import *\n{line}\n")
    cause = diagnose(failed_session(tmp_path, raised=raised), 1)[0]
    assert cause.id == "needs-vcs"
    assert cause.remedies[0].files["setup.py"].endswith('v = b"1.4".decode().strip()\n')


def test_only_a_question_for_a_version_is_answered() -> None:
    assert with_answer("x = check_output('git rev-parse HEAD', text=True)", 1, "1") is None
    assert with_answer("x = getoutput('git describe')", 1, "1") == 'x = "1"'
    assert with_answer("x = check_output(['ls'])", 1, "1") is None


def test_versioningit_has_its_default_version_in_the_file() -> None:
    text = '[tool.hatch.version]\nsource = "versioningit"\n'
    edited = with_default_version(text, "1.2")
    assert edited == '[tool.hatch.version]\ndefault-version = "1.2"\nsource = "versioningit"\n'
    assert with_default_version('[tool.hatch.version]\nsource = "vcs"\n', "1.2") is None


def test_git_asked_in_passing_is_no_cause(tmp_path: Path) -> None:
    record = failed_session(
        tmp_path,
        phase="build_wheel",
        stderr="fatal: not a git repository (or any of the parent directories): .git\n",
        raised=exception("SystemExit: error: command '/usr/bin/gcc' failed with exit code 1"),
    )
    assert "needs-vcs" not in [cause.id for cause in diagnose(record, 1)]


def test_an_empty_path_alone_is_no_sign_of_a_script(tmp_path: Path) -> None:
    cause = first(
        tmp_path,
        "os.chdir(where)\nif __name__ == '__main__':\n    setup()\n",
        "FileNotFoundError: [Errno 2] No such file or directory: ''",
        "project setup.py 1 os.chdir(where)",
    )
    assert cause.id == "unknown"
