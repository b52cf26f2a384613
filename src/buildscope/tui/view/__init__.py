"""What the screen says: pure functions from a snapshot to rows of text, without Textual."""
