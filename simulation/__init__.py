"""PyBullet plants, worlds and tasks. May import `control` and `robotics`."""

from simulation.quiet import quiet

__all__ = ["quiet"]
