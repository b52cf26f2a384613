import packaging_that_nothing_declares
from setuptools import setup

setup(py_modules=[])
