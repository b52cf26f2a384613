"""The search for a cure: a client of the session that tries, minimises and proves."""
