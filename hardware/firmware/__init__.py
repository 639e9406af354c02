"""Firmware of the joint board, in C: a core, and one file a board. `build.py` compiles it for an arm."""
