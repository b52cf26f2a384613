"""All attempts on one target: the engine as a library."""
