"""What filters share that estimate the tremor and subtract it: high-pass in front, gate behind, gains between.

Not filters themselves: each filter is a module of `control.filters` built from these. Imports `robotics` and
`control.filters.base` alone.
"""

from control.filters.subtracting.base import SubtractingFilter
from control.filters.subtracting.gate import Gate

__all__ = ["Gate", "SubtractingFilter"]
