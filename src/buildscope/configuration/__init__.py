"""What the user configured for pip and uv, read once, for sources and environments alike."""
