import os

line_ending = "\r\n"


def helper(way):
    if way == "function":
        raise ValueError("in a function of setup.py")


way = os.environ["WAY"]
helper(way)
if way == "version":
    exec(open("version.py").read())
if way == "changed":
    exec(open("version.py").read().replace("1.0", "2.0"))
if way == "generated":
    exec("x = 1\n\n\n\n\n\n\n\n\n\n\n\n1 / 0\n")
if way == "bad":
    exec(open("bad.py").read())
import no_such_requirement
