"""The search for a cure: a client of the session that tries, minimises and proves."""

from buildscope.repair.search import BUDGET, find_cure

__all__ = ["BUDGET", "find_cure"]
