"""Stands in the environment, so that it counts as the backend's."""


def seek():
    try:
        import no_such_backend_module  # noqa: F401
    except ImportError:
        return
