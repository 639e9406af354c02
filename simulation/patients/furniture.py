"""What stands about a patient: the table before him and the floor under all. To be looked at; nothing touches them."""

from __future__ import annotations

from robotics.shape_config import Box, Cylinder, Shape

BOARD_M, LEG_M, INSET_M = 0.022, 0.045, 0.05
"""Thickness of a table's board, width of its legs, and how far from its sides they stand [m]; ours."""

FLOOR_M = 0.01
"""Thickness of the floor [m]."""


def table(top: float, height: float, x: tuple[float, float], y: tuple[float, float]) -> list[Shape]:
    """A table on four legs, in world.

    Args:
        top: Height of its top [m].
        height: Height of the top above the floor [m].
        x: From where to where it reaches [m].
        y: The same across [m].
    """
    middle = (0.5 * (x[0] + x[1]), 0.5 * (y[0] + y[1]))
    leg = height - BOARD_M
    board = Box(
        material="desk",
        size_m=(x[1] - x[0], y[1] - y[0], BOARD_M),
        bevel_m=0.008,
        xyz_m=(*middle, top - 0.5 * BOARD_M),
    )
    legs = [
        Box(
            material="graphite",
            size_m=(LEG_M, LEG_M, leg),
            bevel_m=0.004,
            xyz_m=(at_x, at_y, top - BOARD_M - 0.5 * leg),
        )
        for at_x in (x[0] + INSET_M, x[1] - INSET_M)
        for at_y in (y[0] + INSET_M, y[1] - INSET_M)
    ]
    return [board, *legs]


def floor(height: float, middle: tuple[float, float], radius: float) -> Shape:
    """The floor, a disc.

    Args:
        height: Of its upper side in world [m].
        middle: x and y of its middle [m].
        radius: Its radius [m].
    """
    return Cylinder(
        material="linoleum",
        radius_m=radius,
        length_m=FLOOR_M,
        bevel_m=0.004,
        xyz_m=(*middle, height - FLOOR_M),
        segments=96,
    )
