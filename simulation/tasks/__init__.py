"""Tasks: a scene in PyBullet and the physics that judges it, made by name.

A task is one module here (``Settings`` and a ``build``) and one file in ``configs/tasks`` whose ``kind`` names the
module.
"""

from simulation.tasks.registry import available, build, difficulties, lessons, load, title

__all__ = ["available", "build", "difficulties", "lessons", "load", "title"]
