from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=[
        Extension("first", ["src/first.c"]),
        Extension("second", ["src/second.c"]),
    ],
)
