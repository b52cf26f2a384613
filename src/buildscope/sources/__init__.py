"""Obtains source trees: directories, archives, sdists from an index, version control."""
