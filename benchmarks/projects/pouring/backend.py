"""A backend that prints ``POUR_MB`` megabytes as compilers do, and says how long that took.

It begins when the file ``POUR_DIR/go`` is there, and writes the seconds into ``POUR_DIR/seconds``.
"""

import os
import time

LINE = "gcc -Wall -O2 -fPIC -I/usr/include/python3 -c src/part_%07d.c -o build/part_%07d.o\n"


def pour():
    directory = os.environ["POUR_DIR"]
    while not os.path.exists(os.path.join(directory, "go")):
        time.sleep(0.005)
    wanted, written, number = int(os.environ["POUR_MB"]) * 1_000_000, 0, 0
    started = time.perf_counter()
    while written < wanted:
        line = LINE % (number, number)
        print(line, end="")
        written += len(line)
        number += 1
    print("poured", flush=True)
    with open(os.path.join(directory, "seconds"), "w") as file:
        file.write("%f %d" % (time.perf_counter() - started, written + len("poured\n")))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    pour()
    raise RuntimeError("all is poured out")


if __name__ == "__main__":
    pour()
