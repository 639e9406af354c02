"""Compiled kernels: kinematics, dynamics and rotations of serial chains, as numba functions on preallocated arrays.

Every kernel writes its result into arrays that the caller owns and allocates nothing, so that it may run in the control
tick. They check nothing: the wrappers in `robotics.kinematics`, `robotics.dynamics` and `robotics.rotations` do. All
arrays are C-contiguous float64, ``kind`` is int64 (`REVOLUTE` or `PRISMATIC`). Depends on NumPy and numba alone.
"""

from robotics.kernels.kinematics import PRISMATIC, REVOLUTE

__all__ = ["PRISMATIC", "REVOLUTE"]
