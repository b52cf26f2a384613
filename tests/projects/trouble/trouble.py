"""A backend whose hook does what ``config_settings["do"]`` says."""

import os
import signal
import subprocess
import sys
import time
import warnings


class UnsupportedOperation(Exception):
    pass


class Nasty:
    """Whoever asks for its repr waits for ever."""

    def __repr__(self):
        while True:
            time.sleep(1)

    __str__ = __repr__


class NastyMeta(type):
    def __getattribute__(cls, name):
        raise SystemExit("asked " + name)

    def __instancecheck__(cls, it):
        raise SystemExit("isinstance")


def explicit():
    try:
        {}["key"]
    except KeyError as error:
        raise ValueError("outer") from error


def implicit():
    try:
        {}["key"]
    except KeyError:
        raise ValueError("outer")


def suppressed():
    try:
        {}["key"]
    except KeyError:
        raise ValueError("outer") from None


def circle():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    raise first


def long_chain():
    error = None
    for number in range(100):
        new = ValueError(str(number))
        new.__cause__ = error
        error = new
    raise error


def notes():
    error = ValueError("noted")
    error.__notes__ = ["first note", "second note", 3]
    raise error


def group():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])


def recursion(depth=0):
    recursion(depth + 1)


def locals_():
    nasty, meta = Nasty(), NastyMeta("Sly", (), {})
    sly = object.__new__(meta)
    number, text, large = 7, "x" * 100000, 10**6000
    nested = {"a": [1, [2, [3, [nasty]]]], "b": {nasty}}
    endless = []
    endless.append(endless)
    environ = os.environ
    lone = "\udc80"
    raise ValueError("look")


def unprintable():
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError("no")

    raise Odd


def os_error():
    open("/no/such/file")


def called():
    subprocess.check_call([sys.executable, "-c", "raise SystemExit(4)"])


def import_error():
    import no_such_module_at_all


def syntax_error():
    import broken


def bail_out():
    sys.exit("the compiler is missing")


def exit_zero():
    sys.exit(0)


def vanish():
    warnings.warn("before the end")
    os._exit(0)


def vanish_badly():
    os._exit(3)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def no_json():
    return [object()]


def surrogates():
    warnings.warn("odd \ud800 text")
    return ["\udc80"]


def warn():
    warnings.warn("careful")
    warnings.warn("old", FutureWarning)
    return ["x"]


def warn_and_fail():
    warnings.warn("careful")
    raise ValueError("bad")


def fork():
    pid = os.fork()
    if pid == 0:
        raise ValueError("in the fork")
    os.waitpid(pid, 0)
    raise ValueError("in the original")


def _square(number):
    return number * number


def spawn():
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return [str(pool.apply(pow, (7, 2)))]


def see():
    """What the hook sees of how it was started."""
    return {
        "path": sys.path,
        "argv": sys.argv,
        "environ": dict(os.environ),
        "modules": sorted(sys.modules),
        "descriptors": [n for n in range(3, 20) if _inheritable(n)],
        "write": sys.dont_write_bytecode,
    }


def _inheritable(number):
    try:
        return os.get_inheritable(number)
    except OSError:
        return False


def own_files():
    found = []
    for name in ("inspector", "chain", "values", "reports", "places"):
        try:
            __import__(name)
        except ImportError:
            continue
        found.append(name)
    return found


def close_all():
    os.closerange(3, 64)
    with open("mine.txt", "w") as file:
        warnings.warn("after the pipe was closed")
    with open("mine.txt") as file:
        return [file.read()]


def forge():
    """Writes into the inspector's pipe itself."""
    lines = ["{", "[1]", '{"event": "exception", "content": 5}', '{"event": "no"}', "[" * 9999]
    lines += ['{"event": "stack", "content": [{"file": 1}]}', '{"event": "missing", "x": 1}']
    os.write(3, "".join(line + "\n" for line in lines).encode() + b"\xff\xfe\n")
    return ["fine"]


def secret():
    password = os.environ["MY_PASSWORD"]
    warnings.warn("it is " + password)
    raise ValueError("login with " + password)


def hang():
    seconds = 1000
    time.sleep(print("ready", flush=True) or seconds)  # says so and hangs, on one line


def hang_in_c():
    return sum(range(print("ready", flush=True) or 10**13))  # then nothing of Python runs here


def ignore_term():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()


def get_requires_for_build_wheel(config_settings=None):
    return globals()[config_settings["do"]]()


def build_sdist(sdist_directory, config_settings=None):
    raise UnsupportedOperation("no sdist from here")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return "made-1-py3-none-any.whl"
