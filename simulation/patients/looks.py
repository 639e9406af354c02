"""What is seen of a guided exercise besides the robot: the person with all his parts, and the ghost of his arm."""

from __future__ import annotations

from dataclasses import replace

from simulation.patients.body import SEAT, ghost_shapes, segment_shapes
from simulation.patients.scene import GHOST
from simulation.scenery import SceneShape


def scene_shapes(
    sex: str, mass_kg: float, height_m: float, side: str, floor: float | None = None, table: float | None = None
) -> list[SceneShape]:
    """Shapes of a seated person and of his arm's ghost; owners are the objects of `PatientScene`, and `SEAT`.

    Args:
        sex: ``"female"`` or ``"male"``.
        mass_kg: Mass of the whole body [kg].
        height_m: Height [m].
        side: Which arm is trained, ``"left"`` or ``"right"``.
        floor: Height of the floor above the shoulder [m]; where his thighs lie level if None.
        table: Height of a table's top above the shoulder [m], on which his other hand lies.
    """
    person = segment_shapes(sex, mass_kg, height_m, side, floor, table)
    shapes = [shape for part in person.values() for shape in part]
    for segment, ghosts in ghost_shapes(sex, mass_kg, height_m, side).items():
        shapes += [replace(shape, owner=GHOST + segment) for shape in ghosts]
    return shapes


__all__ = ["SEAT", "scene_shapes"]
