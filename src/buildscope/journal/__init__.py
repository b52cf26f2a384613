"""The append-only event log of a session, and the raw output beside it."""
