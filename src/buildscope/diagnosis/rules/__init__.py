"""The built-in rules, one family a file; each module lists its own in ``RULES``."""
