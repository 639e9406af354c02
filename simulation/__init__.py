"""PyBullet plants, worlds and tasks. May import `control` and `robotics`."""

from robotics.quiet import quiet

with quiet():  # the first import prints a banner
    import pybullet as _pybullet  # noqa: F401
