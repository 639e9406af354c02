"""Steadyhand beside its peers: each script measures all of them in one run and prints ratios."""
