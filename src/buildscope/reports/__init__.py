"""A session for people and for programs: text, one JSON document; records in, reports out."""
