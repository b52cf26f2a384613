"""Plain frozen records, no I/O: what everything else in buildscope speaks."""
