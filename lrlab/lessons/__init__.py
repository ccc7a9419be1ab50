"""Lessons: the chapter's experiments and what was published of them, as data."""
