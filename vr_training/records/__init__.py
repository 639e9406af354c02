"""Recordings: MCAP written while a session runs, read again for replay, scores and reports."""
