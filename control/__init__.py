"""The control loop, tremor filters, teleoperation, rehabilitation laws and the guard.

May import `robotics` alone: whether a simulator or a device moves is not known here.
"""

from control.tick import State

# PyPI's python-control claims the name `control` too; the entry point looks for this mark.
STEADYHAND = True

__all__ = ["STEADYHAND", "State"]
