# text of the same length as nothing else
__version__ = "1.0"
__major__ = int(__version__[0])
raise LookupError("in version.py")
