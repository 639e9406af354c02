"""Triangle meshes of the shapes that configurations name: what simulation and view both build from.

`mesh` is the door. Imports `robotics.shape_config` and `robotics.mesh` alone.
"""

from robotics.shapes.build import join, mesh
from robotics.shapes.surface import signed_volume

__all__ = ["join", "mesh", "signed_volume"]
