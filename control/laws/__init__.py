"""Rehabilitation laws, one a file: each turns what is asked of a patient, and what he does, into a force on his arm.

A law knows nothing of arms, joints or plants: it works in the coordinates of an exercise (`robotics.guidance`).
"""

from control.laws.law import Law, LawState
from control.laws.registry import LawConfig, create, load, names

__all__ = ["Law", "LawConfig", "LawState", "create", "load", "names"]
