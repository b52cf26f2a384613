"""How builds say that a program, a set of tools or what a program looks for is missing."""

from __future__ import annotations

import re
from typing import Final

_PROGRAM = r"['\"`\u2018]?(?P<name>[\w./+-]+)['\"`\u2019]?"
NOT_RUN = (
    re.compile(rf"command {_PROGRAM} failed: No such file or directory"),
    re.compile(rf"^(?:\S+: )?(?:(?:line )?\d+: )?{_PROGRAM}: (?:command )?not found$"),
    re.compile(
        r"(?:[Uu]nable|[Ff]ailed|[Cc]ould not|[Cc]annot) (?:to )?(?:run|execute|invoke|call|start) ['\"`\u2018]?(?P<name>[\w+-]+(?:-\w+)*)(?![\w+-]| test)['\"`\u2019]?"
    ),
    re.compile(
        r"\[Errno 2\] No such file or directory: ['\"](?P<name>[\w+-]+-config|[\w+-]+)['\"]$"
    ),
    re.compile(
        rf"[Pp]rogram {_PROGRAM} (?:was )?not found|Program\(?s?\)? ['\"]?(?P<meson>[\w+-]+)['\"]? not found"
    ),
    re.compile(
        r"(?:[Cc]ould not|[Cc]an ?not|[Uu]nable to) (?:find|locate) (?:the |an? )?(?:program |executable |command )?['\"`]?(?P<name>[\w+]+-config|pg_config|mysql_config|swig|bazel|cmake|ninja|protoc|nvcc|cargo|rustc|gfortran|pkg-config)['\"`]?"
    ),
    re.compile(
        r"(?P<name>[\w+]+-config|pg_config|mysql_config|swig|protoc|cmake) (?:executable |command )?(?:is |was )?not found"
    ),
    re.compile(r"\b(?P<name>[\w+-]+) executable (?:was |is )?not found"),
    re.compile(r"['\"]?(?P<name>[\w.+-]+)['\"]? is not recognized as an internal"),
    re.compile(
        r": error: (?P<name>[\w.+]+-config):: (?:linker input file not found: )?No such file"
    ),
    re.compile(
        rf"\b(?:bash|sh|env|make(?:\[\d+\])?): (?:line \d+: )?{_PROGRAM}: (?:[Cc]ommand not found|No such file or directory)"
    ),
    re.compile(
        r"(?:[Tt]he )?['\"`\u2018](?P<name>[\w+-]+)['\"`\u2019] (?:command|program|executable|utility|tool) (?:appears |seems )?(?:is |was |could |to be )?not (?:to be )?(?:be )?(?:installed|found|available|executable)"
    ),
    re.compile(r"specify a working (?P<name>[\w+-]+) or add it to PATH"),
    re.compile(
        r"configure: error: (?:[\w ]*?\b)?(?P<name>[\w+-]+) (?:is |was )?(?:required|not found|needed|missing)(?: to build| but|,|\.|$)"
    ),
    re.compile(
        r"(?:[Pp]lease|[Yy]ou (?:need|have|must)(?: to)?) install (?:the )?['\"`]?(?P<name>swig|SWIG|cmake|CMake|bazel|ninja|autoconf|automake|libtool|pkg-config|make|patchelf|flex|bison|doxygen|protoc|meson|perl|ruby|gperf|nasm|yasm|m4)['\"`]?\b"
    ),
    re.compile(
        r"\b(?P<name>swig|SWIG|cmake|CMake|bazel|ninja|autoconf|automake|libtoolize|autoreconf|pkg-config|pg_config|patchelf|flex|bison|protoc|meson|perl|ruby|gperf|nasm|yasm|aclocal|make|git|[\w]+-config)['\"`]? (?:is required|must be installed|is needed|could not be found|is not installed|is missing|not installed)"
    ),
)
PKG_CONFIG = (
    re.compile(
        r"Package ['\"]?(?P<name>[\w.+-]+?)['\"]?, required by ['\"]virtual:world['\"], not found"
    ),
    re.compile(r"No package ['\"](?P<name>[\w.+-]+)['\"] found"),
    re.compile(r"Package (?P<name>[\w.+-]+) was not found in the pkg-config search path"),
    re.compile(r"pkg-config['\", ]+.*--exists['\", ]+['\"]?(?P<name>[\w.+-]+).*returned non-zero"),
    re.compile(
        r"(?:Command|command) [\[(]?['\"]{0,2}(?:\S*/)?pkg-config['\", ]+(?:--?[\w=-]+['\", ]+)+(?P<name>[A-Za-z][\w.+-]*).*returned non-zero"
    ),
    re.compile(r"configure: error: Package requirements \((?P<name>[\w.+-]+)[^)]*\) were not met"),
)
MESON = re.compile(
    r"^(?:\S+meson\.build:\d+:\d+: )?ERROR: (?:Dependency|C(?:\+\+)? (?:shared or static )?library) ['\"](?P<name>[\w.+-]+)['\"](?: not found| is required)"
)
CMAKE = re.compile(r"^\s*(?:CMake Error.*: )?Could NOT find (?P<name>[\w+-]+)")
CMAKE_CONFIG = re.compile(r'package configuration file provided by "(?P<name>[\w+-]+)"')
CMAKE_ERROR = re.compile(r"^\s*CMake Error")
NO_COMPILER = re.compile(
    r"[Uu]nknown compiler\(s\)|No CMAKE_(?:C|CXX)_COMPILER could be found|no acceptable C compiler|"
    r"C compiler cannot create executables|Unable to find vcvarsall|Microsoft Visual C\+\+ .* is required|"
    r"command ['\"]?(?P<cc>(?:[\w-]+-)?(?:gcc|cc|g\+\+|c\+\+|clang|clang\+\+|cl\.exe|x86_64-linux-gnu-gcc)(?:-\d+)?)['\"]? failed: No such file|"
    r"(?P<cc2>\b(?:gcc|cc|g\+\+|c\+\+|clang)): (?:command )?not found$"
)
NO_TOOLCHAIN = {
    "Fortran": re.compile(
        r"No CMAKE_Fortran_COMPILER|[Nn]o (?:working )?Fortran(?: ?\d+)? compiler|Unknown compiler\(s\): \[\['(?:gfortran|flang)|"
        r"(?:gfortran|f77|f95): (?:command )?not found|(?:could|can) ?not find (?:a )?Fortran compiler|"
        r"[Uu]nable to find (?:a )?Fortran compiler"
    ),
    "Rust": re.compile(
        r"toolchain '[\w.-]+' is not installed|[Cc]an ?not find Rust compiler|can't find Rust compiler|Rust toolchain is not installed|"
        r"[Cc]argo, the Rust package manager, is not installed|(?:cargo|rustc): (?:command )?not found|"
        r"No such file or directory: '(?:cargo|rustc)'|requires Rust\b|(?:rustc|cargo) (?:is )?not (?:found|installed)|"
        r"rustc \d[\d.]* is not supported|requires rustc \d|feature `edition20\d\d` is required|"
        r"rustup could not choose a version|rustup toolchain .* is not installed"
    ),
    "CUDA": re.compile(
        r"CUDA_(?:HOME|PATH|ROOT) (?:environment variable )?(?:is )?(?:not set|must be set)|nvcc (?:was |is )?not (?:found|in path)|"
        r"nvcc: (?:command )?not found|No such file or directory: '[^']*nvcc'|No CMAKE_CUDA_COMPILER|Could NOT find CUDA\b|"
        r"CUDA (?:toolkit )?(?:was |is |could )?not (?:be )?(?:found|installed|detected)|[Uu]nable to (?:find|locate) CUDA|"
        r"[Cc]an ?not (?:find|locate) (?:the )?CUDA|[Cc]ould not (?:find|locate) (?:the )?CUDA|KeyError: 'CUDA_(?:HOME|PATH)'"
    ),
    "Go": re.compile(
        r"\bgo: (?:command )?not found$|No such file or directory: 'go'|[Gg]o compiler not found"
    ),
    "Java": re.compile(
        r"JAVA_HOME (?:environment variable )?(?:is )?not (?:set|defined|found|correctly)|"
        r"[Uu]nable to (?:find|locate|determine) (?:a |the )?(?:JAVA_HOME|JDK|Java)\b|KeyError: 'JAVA_HOME'|"
        r"[Cc](?:ould|an) ?not (?:find|locate) (?:a |the |any )?(?:JAVA_HOME|JDK|Java (?:JDK|home|development))|"
        r"(?:JDK|Java development kit|javac) (?:was |is |could )?not (?:be )?(?:found|installed)|set JAVA_HOME\b",
    ),
    "Node.js": re.compile(
        r"(?:npm|node|nodejs|yarn): (?:command )?not found|No such file or directory: '(?:npm|node|nodejs|yarn|npx)'|"
        r"(?:npm|[Nn]ode(?:\.?js)?) (?:is |was |could )?(?:not (?:be )?(?:found|installed)|required)"
    ),
    "Qt": re.compile(
        r"Could NOT find Qt[456]?\b|(?:could|can) ?not find (?:a )?(?:working )?qmake|qmake (?:was |is |could )?not (?:be )?found",
        re.IGNORECASE,
    ),
    "MPI": re.compile(
        r"Cannot (?:compile|link) MPI programs|Could NOT find MPI\b|mpicc (?:was |is |could )?not (?:be )?found|"
        r"MPI (?:compiler|library|installation) (?:was |is |could )?not (?:be )?found"
    ),
    ".NET": re.compile(
        r"dotnet: (?:command )?not found|\.NET (?:Core )?SDK (?:was |is |could )?not (?:be )?(?:found|installed)"
    ),
}
OF_JAVA = re.compile(r"(?i)(?<![a-z])(?:jvm|jdk|java|jni)(?!script)")
ONLY_LOOKS = re.compile(r"--|Could not locate executable |don't know how to compile Fortran")
"""How CMake and numpy.distutils tell what they look for and can do without."""
NOT_FOUND = re.compile(r"returned non-zero exit status 127\b|exit code 127\b")
CMAKE_TOOLCHAINS: Final = {"JNI": "Java", "Java": "Java", "MPI": "MPI", "CUDAToolkit": "CUDA"}
OTHERS: Final = frozenset({"CUDA", "Python", "Python3", "PythonLibs", "PythonInterp", "Git"})
"""What other rules explain, or what CMake looks for where Python's own build would tell it."""
NO_PROGRAMS: Final = frozenset(
    {"import", "the", "a", "an", "it", "this", "setup", "build", "test", "tests", "command"}
)
