"""The parts of the switching filter: what trembles, and how strongly (`monitor`), and what the hand means (`bank`).

Not filters themselves: `control.filters.imm` is built from these. Everything in here counts in micrometres. Samples
come a thousand times a second; the tremor is judged and the filters are mixed some 250 times. Imports `robotics` alone.
"""
