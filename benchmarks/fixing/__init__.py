"""``buildscope fix`` over a table of real sdists: what it cures, what it claims, how long it takes."""
