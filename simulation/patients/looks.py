"""What a patient looks like in a scene: placeholder limbs."""

from __future__ import annotations

from robotics.human_arm import LENGTHS
from robotics.shape_config import Capsule
from simulation.patients.scene import GHOST
from simulation.scenery import SceneShape


def scene_shapes(sex: str, mass_kg: float, height_m: float, side: str) -> list[SceneShape]:
    """Limbs and their ghosts."""
    shapes = []
    for name, share, radius in zip(("upper_arm", "forearm", "hand"), LENGTHS, (0.045, 0.035, 0.025), strict=True):
        for owner, material in ((name, "skin"), (GHOST + name, "ghost")):
            part = Capsule(
                material=material,
                radius_m=radius,
                length_m=share * height_m,
                xyz_m=(0.0, 0.0, -share * height_m),
            )
            shapes.append(SceneShape(owner, part))
    return shapes
