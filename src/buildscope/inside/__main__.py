"""Entry of the inspector: ``python <this file> INSPECT.JSON SCRIPT HOOK CONTROL_DIR``.

Compiled at every start, so it only prepares the import of what is cached. Does nothing under
any other name: multiprocessing runs it again in its children, as ``__mp_main__``.
"""

if __name__ == "__main__":
    import importlib
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    own = {os.path.normcase(here), os.path.normcase(os.path.realpath(here))}
    sys.path[:] = [path for path in sys.path if os.path.normcase(os.path.abspath(path)) not in own]
    package = type(sys)("_buildscope_inside")
    package.__path__ = [here]
    sys.modules[package.__name__] = package
    asked_not_to_write, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    inspector = importlib.import_module("_buildscope_inside.inspector")
    library = inspector.load_library(sys.argv[2])
    sys.dont_write_bytecode = asked_not_to_write
    inspector.inspect(library, config_path=sys.argv[1], argv=sys.argv[2:])
