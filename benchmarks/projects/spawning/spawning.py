"""A backend that compiles fifty small files one after another, and nothing else."""

import os
import subprocess

COUNT = 50
SOURCE = "int f{0}(int x) {{ return x + {0}; }}\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    for number in range(COUNT):
        with open("part.c", "w") as source:
            source.write(SOURCE.format(number))
        subprocess.run(["cc", "-c", "part.c", "-o", f"part{number}.o"], check=True)
    with open(os.path.join(wheel_directory, "spawning-1.0-py3-none-any.whl"), "wb"):
        return "spawning-1.0-py3-none-any.whl"
