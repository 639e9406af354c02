"""A PyBullet world: one physics client, stepped by whoever holds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import pybullet
from pybullet_utils.bullet_client import BulletClient

from robotics.contracts import Vector
from robotics.errors import DeviceError
from robotics.quiet import quiet
from simulation.settings import SimulationConfig


class _Client:
    """PyBullet's functions, each bound to one client when it is first used.

    PyBullet's own client binds them anew at every call, a tenth of what a step takes; it keeps the connection here.
    """

    def __init__(self, connection: BulletClient, rigid: bool) -> None:
        self._connection, self._rigid = connection, rigid

    def __getattr__(self, name: str) -> Any:
        bound = getattr(self._connection, name)
        setattr(self, name, bound)
        return bound

    def createMultiBody(self, *args: Any, **named: Any) -> int:
        """PyBullet's, of the kind that the settings ask for where the caller does not say."""
        named.setdefault("useMaximalCoordinates", int(self._rigid))
        body: int = self._connection.createMultiBody(*args, **named)
        return body

    def disconnect(self) -> None:
        """End the connection."""
        self._connection.disconnect()


class BulletWorld:
    """The physics client of one session. Constructing starts nothing; ``with`` connects.

    Args:
        settings: How the physics runs.
        gui: Show PyBullet's own window, where there is a display.

    Attributes:
        steps: Counts the physics steps.
    """

    def __init__(self, settings: SimulationConfig, gui: bool = False) -> None:
        self.settings, self._gui = settings, gui
        self._client: _Client | None = None
        self._forces: list[Callable[[], None]] = []
        self._applied: list[tuple[int, int, Sequence[float]]] = []
        self.steps = 0

    @property
    def client(self) -> Any:
        """The connected client.

        Raises:
            DeviceError: The world is not connected.
        """
        if self._client is None:
            raise DeviceError("the simulation is not connected; use it in a with block")
        return self._client

    @property
    def gui(self) -> bool:
        """Whether PyBullet's own window is shown."""
        return self._gui

    def __enter__(self) -> BulletWorld:
        if self._gui and sys.platform == "linux" and not os.environ.get("DISPLAY"):
            # Without one PyBullet would end the process.
            raise DeviceError("PyBullet's window needs a display; leave --gui out, or run under xvfb-run")
        with quiet():
            connection = BulletClient(pybullet.GUI if self._gui else pybullet.DIRECT)
        client = _Client(connection, self.settings.rigid_bodies)
        if self._gui:
            client.configureDebugVisualizer(pybullet.COV_ENABLE_GUI, 0)
        client.resetSimulation()
        client.setGravity(0.0, 0.0, self.settings.gravity_m_s2)
        # Overlapping pairs in a fixed order, so that the same episode gives the same bits; cone friction and a small
        # slop, so that small things can be touched and held at true scale.
        client.setPhysicsEngineParameter(
            fixedTimeStep=self.settings.physics_period_s,
            numSubSteps=0,
            numSolverIterations=self.settings.solver_iterations,
            solverResidualThreshold=self.settings.solver_residual,
            deterministicOverlappingPairs=1,
            enableConeFriction=1,
            contactSlop=1e-5,
            contactBreakingThreshold=self.settings.contact_margin_m,
            collisionFilterMode=1,
        )
        self._client = client
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            self._forces.clear()
            self._applied.clear()
            client.disconnect()

    def push(self, apply: Callable[[], None]) -> None:
        """Have ``apply`` called before every physics step from now on, to put forces of our own on bodies.

        PyBullet forgets external forces after each step; what has no counterpart in it (a membrane, a wire in tissue)
        acts on bodies in this way. In the order in which they were given, until the world is left.
        """
        self._forces.append(apply)

    def apply_force(self, body: int, link: int, force: Vector, point: Vector) -> None:
        """Put a force of our own on a link for the coming physics step; a plant measures it as it measures contacts.

        Args:
            body: The body.
            link: The link, -1 for the base.
            force: In world, shape (3,) [N].
            point: Where it acts, in world, shape (3,) [m].
        """
        self._apply_force(body, link, force.tolist(), point.tolist())

    def apply_wrench(self, body: int, link: int, wrench: Sequence[float], point: Sequence[float]) -> None:
        """Put a force and a moment of our own on a link for the coming physics step; see `apply_force`.

        Args:
            body: The body.
            link: The link, -1 for the base.
            wrench: Force then moment about the point, in world, six numbers [N, Nm]; PyBullet reads a list faster than
                an array.
            point: Where it acts, in world, three numbers [m].
        """
        self._apply_force(body, link, wrench[:3], point)
        self.client.applyExternalTorque(body, link, wrench[3:], pybullet.WORLD_FRAME)

    def applied(self) -> list[tuple[int, int, Sequence[float]]]:
        """Body, link and force, three numbers [N], of all that we put on links in the last physics step."""
        return self._applied

    def step(self) -> None:
        """Advance by one physics step."""
        self._applied.clear()
        for apply in self._forces:
            apply()
        self.client.stepSimulation()
        self.steps += 1

    def _apply_force(self, body: int, link: int, force: Sequence[float], point: Sequence[float]) -> None:
        self.client.applyExternalForce(body, link, force, point, pybullet.WORLD_FRAME)
        self._applied.append((body, link, force))
