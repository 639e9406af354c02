"""Settings of the PyBullet simulation."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta

from robotics.config import Config
from robotics.errors import ConfigError
from robotics.shape_config import Finite

Drives = Literal["ideal", "real"]

DRIVES: tuple[str, ...] = get_args(Drives)
"""What drives may be: see `SimulationConfig`."""


class SimulationConfig(Config, frozen=True, kw_only=True):
    """How the physics runs and how joints are driven in it.

    Attributes:
        physics_period_s: Physics step; the control period must be a whole multiple of it [s].
        solver_iterations: Iterations of the contact solver.
        contact_margin_m: How far about a body PyBullet looks for others [m]. Two that are nearer than twice this are
            solved together, so that one which moves keeps the other awake. The same number is the share of a body's
            size by which a contact may open or drift before it is found anew.
        solver_residual: The solver ends early when all that an iteration changed, squared and summed, is less: what
            lies still then costs less, what is held may creep. PyBullet's own where not given.
        rigid_bodies: Bodies without joints are rigid bodies to PyBullet, not arms of no links: their contacts cost a
            quarter less.
        drive: ``"position"``: each joint's own servo follows position and velocity; ``"torque"``: the loop commands
            torques.
        position_gain: Share of a position error that the servo takes back in one physics step.
        velocity_gain: Share of a velocity error likewise.
        gravity_m_s2: Gravity along world z.
        drives: Of joints that follow positions. ``"real"``: between motors and joints there is the play of the cables,
            and the joints have friction; ``"ideal"``: neither.
    """

    physics_period_s: Annotated[float, Meta(gt=0, le=0.01)] = 0.001
    solver_iterations: Annotated[int, Meta(ge=10, le=1000)] = 100
    contact_margin_m: Annotated[float, Meta(ge=0.001, le=0.05)] = 0.02
    solver_residual: Annotated[float, Meta(gt=0, le=1e-3)] = 1e-7
    rigid_bodies: bool = False
    drive: Literal["position", "torque"] = "position"
    position_gain: Annotated[float, Meta(gt=0, le=1)] = 0.3
    velocity_gain: Annotated[float, Meta(gt=0, le=1)] = 1.0
    gravity_m_s2: Finite = -9.81
    drives: Drives = "ideal"

    def __post_init__(self) -> None:
        if self.drives == "real" and self.drive == "torque":
            raise ValueError("drives: 'real' needs drive = 'position': motors that are sent somewhere")

    def substeps(self, period_s: float, source: str = "simulation") -> int:
        """Physics steps in one control period.

        Raises:
            ConfigError: The control period is no whole multiple of the physics step.
        """
        steps = round(period_s / self.physics_period_s)
        if steps < 1 or abs(steps * self.physics_period_s - period_s) > 1e-9 * period_s:
            raise ConfigError(
                source,
                "physics_period_s",
                f"the control period {period_s:g} s must be a whole multiple of it, is {self.physics_period_s:g} s",
            )
        return steps
