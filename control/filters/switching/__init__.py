"""The parts of the switching filter: what trembles, and how strongly (`monitor`), and what the hand means (`bank`).

Not filters themselves: `control.filters.imm` is built from these. Everything in here counts in micrometres, at the pace
of the filter's steps, some 250 a second. Imports `robotics.kernels` alone.
"""
