"""A backend whose hook fails with values and exceptions that must not be asked for anything."""

import argparse
import atexit
import collections
import enum
import functools
import importlib.util
import itertools
import json
import os
import pathlib
import resource
import sys
import threading
import time
import types
import weakref


def endless(*_, **__):
    while True:
        time.sleep(1)


def leave(*_, **__):
    os._exit(66)


def raise_exit(*_, **__):
    raise SystemExit("asked")


ASKED = (
    "__repr__ __str__ __len__ __iter__ __eq__ __hash__ __bool__ __format__ __getitem__ __contains__ "
    "__getattr__ __getattribute__ __dir__ __int__ __index__ __float__ __bytes__ __fspath__ __next__ "
    "__array__ __array_interface__ __reduce__ __reduce_ex__ keys values items encode startswith"
).split()


def hostile(name, *bases, do=leave, meta=type, **namespace):
    """A class that does something bad whatever it is asked."""
    namespace = {**dict.fromkeys(ASKED, do), **namespace}
    return type.__new__(meta, name, bases, namespace)


class Meta(type):
    """Its classes do something bad when they are compared, hashed, or asked for an attribute."""

    __instancecheck__ = __subclasscheck__ = __eq__ = __hash__ = __getattribute__ = leave
    __mro__ = __name__ = __module__ = __dict__ = property(leave)
    __repr__ = __str__ = __iter__ = __len__ = __call__ = leave


class Text(str):
    """Text that ends the process unless it is read through ``str`` itself."""


for _name in ASKED:
    setattr(Text, _name, leave)


class Slotted:
    __slots__ = ("first", "unset", "_last")

    def __init__(self):
        self.first, self._last = 1, [2]


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    @property
    def never(self):
        leave()

    __repr__ = leave


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


Point = collections.namedtuple("Point", "x y")


class Liar:
    __class__ = property(lambda self: dict)
    __dict__ = property(leave)


class Fake:
    """Says that it is a path."""


Fake.__module__, Fake.__qualname__ = "pathlib", "PosixPath"
for _name in ASKED[:-3]:
    setattr(Fake, _name, leave)


class Mapping(dict):
    """Globals or a namespace of the hook's own."""

    get = items = keys = copy = __iter__ = __len__ = __contains__ = leave


def changed_all_the_time():
    shared = {}

    def change():
        while True:
            for number in range(100):
                shared[number] = number
            shared.clear()

    threading.Thread(target=change, daemon=True).start()
    return shared


def lazy_module():
    """A module that is not loaded before it is asked for something."""
    spec = importlib.util.spec_from_file_location("lazy", os.path.join(os.getcwd(), "explodes.py"))
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class AsksItself(types.ModuleType):
    __getattribute__ = __getattr__ = leave


def values():
    number, lone, none = 7, "\udc80", None
    raises = object.__new__(hostile("Raises", do=raise_exit))
    hangs = object.__new__(hostile("Hangs", do=endless))
    exits = object.__new__(hostile("Exits"))
    huge_int, huge_range = 1 << 10_000_000, range(1 << 10_000_000)
    sly = object.__new__(Meta("Sly", (), {"__repr__": leave}))
    sly_type = Meta("SlyType", (), {})
    text = str.__new__(Text, "quiet")
    odd_list = list.__new__(hostile("OddList", list))
    list.extend(odd_list, [1, "two"])
    odd_dict = dict.__new__(hostile("OddDict", dict))
    dict.update(odd_dict, {"key": [1]})
    odd_tuple = tuple.__new__(hostile("OddTuple", tuple), (1, 2))
    odd_set = set.__new__(hostile("OddSet", set))
    set.add(odd_set, 5)
    odd_int = int.__new__(hostile("OddInt", int), 9)
    odd_key = {text_key(): "by text"}
    liar, fake_path = Liar(), object.__new__(Fake)
    path = pathlib.PurePosixPath("/usr") / "lib" / "x.h"
    relative = pathlib.PurePosixPath("a/b")
    color, level, point = Color.RED, Level.HIGH, Point(1, [2])
    slotted, plain = Slotted(), Plain(a=1, deep=Plain(b={"c": [Plain(d=exits)]}))
    namespace = argparse.Namespace(jobs=4, flags=["-O2"])
    simple = types.SimpleNamespace(a=1)
    ordered = collections.OrderedDict([("a", 1), ("b", 2)])
    default = collections.defaultdict(list, {"k": [1]})
    queue = collections.deque([1, 2])
    frozen, several = frozenset([1]), {1}
    nothing = [[], {}, (), set(), frozenset()]
    endless_list, circle = [1], {}
    endless_list.append(endless_list)
    circle["deep"] = {"er": circle}
    many = list(range(1000))
    wide = [[[0] * 60 for _ in range(60)] for _ in range(60)]
    deep = [[[[[[[[[]]]]]]]]]
    lines, long_line = "first\nsecond\n", "z" * 5000
    lazy, guarded = lazy_module(), AsksItself("guarded")
    kept = Plain(a=1)
    proxy, reference = weakref.proxy(kept), weakref.ref(kept)
    long_text, bytes_, changed = "x" * 100_000, b"\xff" * 1000, bytearray(b"abc")
    bound, built_in = kept.__init__, [].append
    sly_method = object.__dict__["__reduce__"].__get__(sly)
    partial = functools.partial(leave, 1)
    error = ValueError("inner", [1])
    view = memoryview(b"gone")
    view.release()
    locals()["odd \udc80 name"] = 1
    raise ValueError("look")


def text_key():
    """A key that is only text for those who do not ask it."""
    made = str.__new__(type("Key", (str,), {"__repr__": leave, "__format__": leave}), "k")
    return made


def huge():
    """Tells at exit by how many MB the process grew after all this was made."""
    text, data, items = "x" * 300_000_000, bytearray(300_000_000), [0] * 20_000_000
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    atexit.register(lambda: print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) >> 10))
    raise ValueError("look")


def restless():
    changing = changed_all_the_time()
    raise ValueError("look")


def surrogate_names():
    exec(compile("raise ValueError('look')", "<made>", "exec"), {"odd \udc80": 1, "\udc80": [1]})


def own_namespace():
    exec(compile("x = [1]\nraise ValueError('look')", "<string>", "exec"), Mapping(), Mapping(a=1))


def module_with_many_names():
    namespace = {f"name_{number}": [number] for number in range(300)}
    exec(compile("raise ValueError('look')", "<made>", "exec"), namespace)


def many_frames():
    """Values of so many frames that not all can be told."""
    source = "".join(f"def f{n}():\n held = make()\n f{n + 1}()\n" for n in range(60))
    made = {"make": lambda: [Plain(a=list(range(40)), b=["x" * 150] * 40) for _ in range(60)]}
    exec(compile(source + "def f60(): raise ValueError('look')", "<made>", "exec"), made)
    made["f0"]()


def clock_runs_fast():
    """Each look at the clock finds a twentieth of a second gone."""
    ticks = itertools.count()
    time.monotonic = lambda: next(ticks) / 20
    many_frames()


def wide_text():
    """Values that take twelve times their length in a report."""
    held = ["\U0001f600" * 2000 + str(number) + "\n." for number in range(2000)]
    raise ValueError(held[0][-1])


def large_chain():
    """More than fits into a report, although each part of it does."""
    error = None
    for number in range(50):
        new = ValueError("\U0001f600" * 20_000)
        new.__notes__ = ["\U0001f600" * 20_000] * 20
        new.__cause__ = error
        error = new
    raise error


def secrets():
    secret = os.environ["HOLDS_IT"]
    held = {"deep": [secret], "long": "line\n" * 100 + secret}
    raise ValueError("look")


# Recursions


def one(depth=0):
    one(depth + 1)


def two(depth=0):
    other_of_two(depth)


def other_of_two(depth):
    two(depth + 1)


def shallow(depth=3):
    if depth:
        return shallow(depth - 1)
    raise ValueError("bottom")


def not_repeating():
    """More frames than are told, none of which repeats."""
    source = "\n".join(f"def f{n}(): f{n + 1}()" for n in range(200))
    namespace = {}
    exec(compile(source + "\ndef f200(): raise ValueError('bottom')", "<made>", "exec"), namespace)
    namespace["f0"]()


# Exceptions


def said(do):
    raise type("Odd", (Exception,), {"__str__": do, "__repr__": do})("told", 1)


def str_raises():
    said(lambda self: 1 / 0)


def str_exits():
    said(raise_exit)


def str_hangs():
    said(endless)


def str_spins():
    def spin(self):
        while True:
            pass

    said(spin)


def str_is_huge():
    said(lambda self: "w" * 300_000_000)


def str_is_sly():
    said(lambda self: str.__new__(Text, "quiet"))


def str_is_none():
    said(lambda self: None)


def odd_key():
    {}[object.__new__(hostile("Key", do=raise_exit, __hash__=lambda self: 1))]


def plain_key():
    {}["the\nkey"]


def tuple_key():
    {}["a", 1]


def huge_key():
    raise KeyError("k" * 300_000_000)


def attributes_are_asked():
    names = "__cause__ __context__ __suppress_context__ __traceback__ __notes__ args with_traceback"
    names += " __dict__ exceptions _exceptions filename lineno errno name"
    meta = type("M", (type,), dict.fromkeys(["__name__", "__module__", "__mro__"], property(leave)))
    kind = meta("Guarded", (OSError,), {name: property(leave) for name in names.split()})
    error = OSError.__new__(kind, 2, "gone", "file.txt")
    try:
        {}["context"]
    except KeyError:
        BaseException.__init__(error, 2, "gone")
        raise error


def context_is_planted():
    error = ValueError("planted")
    error.__dict__.update(__cause__=5, __context__="no", __traceback__=3, args=None)
    raise error


def notes_are_odd():
    error = ValueError("noted")
    error.__dict__["__notes__"] = ["first", str.__new__(Text, "quiet"), 3, None, "\udc80"]
    raise error


def notes_are_asked():
    error = ValueError("noted")
    error.__dict__["__notes__"] = object.__new__(hostile("Notes"))
    raise error


def undecodable():
    b"caf\xe9 au lait".decode("utf-8")


def exit_with(code):
    sys.exit(code)


def exit_text():
    exit_with("no compiler")


def exit_number():
    exit_with(5)


def exit_nothing():
    exit_with(None)


def exit_odd():
    exit_with(object.__new__(hostile("Code", do=raise_exit)))


def in_a_finalizer():
    class Ended:
        def __del__(self):
            raise ValueError("in __del__")

    Ended()
    return ["fine"]


def at_exit():
    @atexit.register
    def ends():
        raise ValueError("in atexit")

    return ["fine"]


class Group(Exception):
    """As the package ``exceptiongroup`` makes them."""

    def __init__(self, message, members):
        super().__init__(message, members)
        self._exceptions = tuple(members)

    exceptions = property(leave)


Group.__name__ = Group.__qualname__ = "BaseExceptionGroup"


def backported_group():
    raise Group("several", [ValueError("one"), Group("inner", [TypeError("two")])])


def large_group():
    raise Group("many", [ValueError(str(number)) for number in range(25)])


def hangs_long():
    """A chain in which each message hangs."""
    error = None
    for _ in range(10):
        new = type("Odd", (Exception,), {"__str__": endless})()
        new.__cause__ = error
        error = new
    raise error


# Sources


def parse(text, name="written.py", encoding="utf-8"):
    with open(name, "w", encoding=encoding) as file:
        file.write(text)
    if os.path.isdir("__pycache__"):
        importlib.invalidate_caches()
    __import__(name[:-3])


def tabs():
    parse("if True:\n        a = 1\n\tb = 2\n", "tabs_.py")


def indentation():
    parse("def f():\n    a = 1\n      b = 2\n", "indentation_.py")


def wide():
    parse('text = "日本" + "語" )\n', "wide_.py")


def wrong_encoding():
    parse("# coding: utf-8\nname = 'caf\xe9'\n", "wrong_encoding_.py", "latin-1")


def unknown_encoding():
    parse("# coding: no-such-encoding\n", "unknown_encoding_.py")


def open_bracket():
    parse("a = 1\nb = (1,\n  2\n", "open_bracket_.py")


def odd_syntax_error():
    kind = type("Odd", (SyntaxError,), dict.fromkeys(["filename", "lineno", "text"], property(leave)))
    raise kind("odd", ("setup.py", 10**30, -5, object()))


def device():
    exec(compile("raise ValueError('look')", "/dev/zero", "exec"), {})


def loader():
    kind = hostile("Loader", do=leave, get_source=leave)
    scope = {"__name__": "made", "__loader__": object.__new__(kind), "__spec__": None}
    exec(compile("raise ValueError('look')", "not_there.py", "exec"), scope)


def of_the_library():
    json.loads("nothing")


def of_a_backend():
    """Calls a module that is outside the project."""
    above = os.path.dirname(os.getcwd())
    with open(os.path.join(above, "outside.py"), "w") as file:
        file.write("def build():\n    number = [0]\n    return 1 / number[0]\n")
    sys.path.insert(0, above)
    import outside

    outside.build()


def several_lines():
    wanted = {"a": 1}
    raise ValueError(
        wanted["a"],
        "last",
    )


def get_requires_for_build_wheel(config_settings=None):
    return globals()[config_settings["do"]]()
