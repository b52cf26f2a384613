"""Provisional: to be replaced by its owner's."""


def remedies(session, attempt, cause):
    return ()
