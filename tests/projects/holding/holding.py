"""A backend whose hook fails as ``config_settings["do"]`` says, to be asked while it waits."""

import os
import signal
import subprocess
import sys
import threading
import time

LEVEL = 1


class Wild:
    """Its repr does what its name says."""

    def __init__(self, how):
        self.how = how

    def __repr__(self):
        if self.how == "raises":
            raise RuntimeError("no repr")
        if self.how == "large":
            return "x" * 3_000_000
        while True:
            time.sleep(0.01)


def plain():
    number, items = 7, [1, 2, 3]
    raised, large, hanging = Wild("raises"), Wild("large"), Wild("hangs")
    raise ValueError("plain")


def chained():
    try:
        inner()
    except KeyError:
        outside = "outer"
        raise ValueError("outer")


def inner():
    deep = "inner"
    {}["key"]


def loud():
    subprocess.check_call([sys.executable, "-c", "print('from a child')"])
    for number in range(20000):
        print("line", number)
    sys.stderr.write("to stderr\n")
    sys.stdout.write("no newline at the end")
    raise ValueError("loud")


def bail_out():
    reason = "missing"
    sys.exit("the compiler is missing")


def in_a_thread():
    def fail():
        raise ValueError("in the thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    return []


def closes(*numbers):
    for number in numbers:
        os.close(number)
    raise ValueError("closed")


def closes_standard():
    closes(0, 1, 2)


def closes_reports():
    closes(3)


def closes_socket():
    closes(4)


def closes_all():
    closes(0, 1, 2, 3, 4)


def replaces_socket():
    other = os.open(os.devnull, os.O_RDWR)
    os.dup2(other, 4)
    raise ValueError("replaced")


def replaces_reports():
    other = os.open(os.devnull, os.O_RDWR)
    os.dup2(other, 3)
    raise ValueError("replaced")


def elsewhere():
    os.chdir("/")
    raise ValueError("elsewhere")


def odd_streams():
    sys.stdout = sys.stderr = object()
    raise ValueError("odd streams")


def odd_hook():
    def excepthook(*_):
        raise RuntimeError("from the hook")

    sys.excepthook = excepthook
    raise ValueError("odd hook")


def odd_modules():
    for name in ("traceback", "json", "pprint", "linecache"):
        sys.modules.pop(name, None)
    raise ValueError("odd modules")


def barred_modules():
    for name in ("traceback", "json", "linecache", "array"):
        sys.modules[name] = None
    raise ValueError("barred modules")


def no_modules():
    sys.modules.clear()
    raise ValueError("no modules")


def forks():
    pid = os.fork()
    if pid == 0:
        raise ValueError("in the fork")
    os.waitpid(pid, 0)
    raise ValueError("in the original")


def own_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise ValueError("deaf")


def writes():
    with open("made.txt", "w") as file:
        file.write("made before the failure\n")
    raise ValueError("wrote")


def group():
    raise ExceptionGroup("several", [error_of(one), error_of(two)])


def error_of(function):
    try:
        function()
    except ValueError as error:
        return error


def one():
    member = "first"
    raise ValueError("one")


def two():
    member = "second"
    raise ValueError("two")


def forges():
    os.write(3, b'{"event": "held"}\n')
    raise ValueError("forged")


def raises_at_term():
    def raise_(*_):
        raise ValueError("told to end")

    signal.signal(signal.SIGTERM, raise_)
    print("ready", flush=True)
    while True:
        time.sleep(0.05)


def get_requires_for_build_wheel(config_settings=None):
    return globals()[os.environ.get("DO") or config_settings["do"]]()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise ValueError("no wheel")
