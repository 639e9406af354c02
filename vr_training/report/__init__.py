"""The report of a session: one self-contained page with plots."""
