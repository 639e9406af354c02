"""What travels over ZeroMQ: the scene once, the state many times a second, the operator's hand on the way back.

Arrays travel as raw little-endian bytes; `array` turns them back. Everything is encoded with msgspec's MessagePack.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import DTypeLike, NDArray

PROTOCOL = 2
"""Version of everything below; a viewer refuses another one."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all messages."""


class Material(Wire, frozen=True, kw_only=True):
    """How a surface looks.

    Attributes:
        colour: Linear RGB in 0..1.
        roughness: 0 mirrors, 1 is matt.
        metallic: 0 for a dielectric, 1 for a bare metal.
        opacity: Below 1 makes it a translucent overlay.
        clearcoat: Strength in 0..1 of a smooth film on top: varnish, and from 0.7 on the rippled wetness of tissue.
    """

    colour: tuple[float, float, float]
    roughness: float = 0.5
    metallic: float = 0.0
    opacity: float = 1.0
    clearcoat: float = 0.0


class Body(Wire, frozen=True, kw_only=True):
    """One rigid thing that is drawn. Row ``i`` of a state's poses belongs to body ``i`` of the scene.

    Attributes:
        name: Unique name, for example ``"psm1/shaft/0"``.
        owner: What it belongs to: an arm's name, an object's name, ``"world"`` or ``"target"``.
        vertices: float32 (v, 3) in the body's own frame [m].
        normals: float32 (v, 3), unit.
        faces: uint32 (f, 3), counter-clockwise seen from outside.
        colours: uint8 (v, 3) sRGB per vertex, or empty where the material alone colours it.
        material: The surface.
        moving: Whether its pose changes at all.
        casts_shadow: Whether it darkens what lies behind it.
    """

    name: str
    owner: str
    vertices: bytes
    normals: bytes
    faces: bytes
    colours: bytes = b""
    material: Material
    moving: bool = True
    casts_shadow: bool = True


class DeformableScene(Wire, frozen=True, kw_only=True):
    """Binds a body to a deformable: its vertices follow the nodes of a grid.

    The body's mesh is that of `vr_training.view.skin`: two layers over a grid of cells, ``cells`` along a link.

    Attributes:
        name: Name in the tick record's ``deformables``.
        body: The body.
        nodes: Nodes along both sides; node ``i * ny + j``.
        cells: Cells along a link; cell ``a * (ny - 1) * cells + b``.
        thickness_m: Distance of the two layers [m].
    """

    name: str
    body: int
    nodes: tuple[int, int]
    cells: int
    thickness_m: float


class CameraView(Wire, frozen=True, kw_only=True):
    """A camera that looks at a point. ``baseline_m`` is the distance of a stereo endoscope's two eyes.

    Where ``arm`` names an arm that carries it, points and directions are in the frame of that arm's measured tip, else
    in world; see `vr_training.view.cameras.carried`.
    """

    name: str
    arm: str = ""
    eye_m: tuple[float, float, float]
    look_at_m: tuple[float, float, float]
    up: tuple[float, float, float]
    fov_y_rad: float
    baseline_m: float = 0.005


class ArmLink(Wire, frozen=True, kw_only=True):
    """Binds a body to an arm's link; ``link`` -1 is the base.

    ``pose`` is ``T_link_body``, float64 (4, 4). ``jaw`` is the share of the jaw angle by which the body, placed so, is
    turned about the link's z axis: ``T_base_body = T_base_link @ Rz(jaw * angle) @ T_link_body``.
    """

    body: int
    link: int
    pose: bytes
    jaw: float = 0.0


class TrocarScene(Wire, frozen=True, kw_only=True):
    """Where an arm's instrument enters the body.

    Attributes:
        point: The trocar in world [m].
        link: Index of the link that passes it as the shaft.
        axis: Direction of the shaft in that link.
        friction_n: Friction along the shaft [N].
        ease_m_s: Speed at which tanh(1) of it stands against the motion [m/s].
        stiffness_n_m: Of the wall around it against a shaft that pulls it aside [N/m].
    """

    point: tuple[float, float, float]
    link: int
    axis: tuple[float, float, float]
    friction_n: float
    ease_m_s: float
    stiffness_n_m: float


class ArmScene(Wire, frozen=True, kw_only=True):
    """The kinematics of one arm, enough to place its bodies from joint positions.

    Attributes:
        name: Name in the rig.
        placement: float64 (n, 4, 4), from the previous link to the joint, before its motion.
        kind: int64 (n,), 0 revolute and 1 prismatic, about or along the joint's z axis.
        tip: float64 (4, 4), from the last link to the tip.
        base: float64 (4, 4), arm base in world.
        links: Which body hangs on which link.
        trocar: Where its instrument enters the body; None where it enters none.
        sense: 1 where its tip goes the hand's way, -1 where the hand holds the scene; the scene's own where None.
    """

    name: str
    placement: bytes
    kind: bytes
    tip: bytes
    base: bytes
    links: tuple[ArmLink, ...]
    trocar: TrocarScene | None = None
    sense: float | None = None


class ArmPath(Wire, frozen=True, kw_only=True):
    """A way for an arm's tip that is shown to whoever drives it, such as the expert's through the same scene.

    Attributes:
        arm: Name of the arm.
        points: float32 (n, 3), positions in world [m].
        times: float32 (n,), when the tip was there, growing [s].
    """

    arm: str
    points: bytes
    times: bytes


class GuidedJoint(Wire, frozen=True, kw_only=True):
    """A joint that an exercise moves, and where its range is drawn.

    Attributes:
        name: Its name, as `robotics.human_arm` has it.
        index: Which of the arm's joints it is.
        lower: Lowest angle that is allowed [rad].
        upper: Highest angle that is allowed [rad].
        pointer: Where the limb points, unit, in the frame of the joint's link and at a right angle to its z axis.
        radius_m: How far from the joint its range is drawn [m].
    """

    name: str
    index: int
    lower: float
    upper: float
    pointer: tuple[float, float, float]
    radius_m: float


class GuidedWay(Wire, frozen=True, kw_only=True):
    """A way with bends that an exercise lets the tip go.

    Attributes:
        words: What is said on it, counted as the signal ``words`` counts.
        points: float32 (n, 3), positions of the tip in world [m].
    """

    words: int
    points: bytes


class GuidedScene(Wire, frozen=True, kw_only=True):
    """What a guided exercise adds to a scene.

    Attributes:
        arm: Name of the arm that guides the patient.
        words: What may be said to the patient; the signal ``words`` counts them.
        verdicts: Why a repetition did not count; the signal ``verdict`` counts them, the first stands for passed.
        repetitions: How many are planned.
        joints: The joints that it moves, in the order of its coordinates; none where it moves the tip.
        axes: World axes of the tip that it moves; none where it moves joints.
        at: Where the tip is along the other axes [m].
        hand: From the tip to the hand that holds it, in world [m]: whatever is drawn for a hand is drawn there.
        ways: Ways with bends; all others are straight.
        first: What is said, counted as the signal ``words`` counts, where a movement only brings the arm to where
            another begins, and is not measured; 0 where that is not known.
        near: How near to a goal is there, in the exercise's coordinates [rad or m]; NaN where nobody said.
        explores: Whether it looks for how far the arm goes, so that its goals are none to come to.
        runs: Whether its target runs ahead of the hand along a way that nobody is to know.
    """

    arm: str
    words: tuple[str, ...]
    verdicts: tuple[str, ...]
    repetitions: int
    joints: tuple[GuidedJoint, ...] = ()
    axes: tuple[int, ...] = ()
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    hand: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ways: tuple[GuidedWay, ...] = ()
    first: int = 0
    near: float = math.nan
    explores: bool = False
    runs: bool = False


class SceneMessage(Wire, frozen=True, kw_only=True):
    """Everything about a session that does not change while it runs; also stored in its recording.

    Attributes:
        protocol: `PROTOCOL` of the sender.
        session: Identifier of the session.
        epoch: Drawn anew by each hub; commands for another epoch are refused.
        title: What a person reads, for example ``"Needle reach"``.
        task: Name of the task.
        period_s: Control period [s].
        bodies: All bodies.
        static_poses: float64 (bodies, 7): where each body is until something moves it.
        arms: Kinematics of the arms.
        objects: Name of each object in the tick record's ``objects`` and the bodies that follow it.
        target: Bodies that follow the task's target (ghosts).
        goal_radius_m: Radius within which the target counts as reached.
        force_limit_n: Contact force that is too much in this lesson [N]; None where the view's own limits stand.
        cameras: The first one is the default.
        signals: Name and unit of each task signal.
        phases: What each phase is called.
        inputs: Whether the session takes hand messages (mouse, keyboard).
        scale: Metres of tip motion per metre of hand motion.
        sense: 1 where the first arm's tip goes the hand's way, -1 where the hand holds the scene and moves the camera.
        operator_from_world: float64 (3, 3), rotation from world into the operator's frame; where an arm carries the
            first camera, as it is at the start: at each engagement it is read anew from that arm's tip.
        layout: JSON of the tick layout.
        deformables: Bodies whose shape changes.
        paths: Ways that are shown, at most one for each arm.
        guided: What a guided exercise adds; None in lessons of surgery.
    """

    protocol: int = PROTOCOL
    session: str
    epoch: int
    title: str
    task: str
    period_s: float
    bodies: tuple[Body, ...]
    static_poses: bytes
    arms: tuple[ArmScene, ...]
    objects: tuple[tuple[str, tuple[int, ...]], ...]
    target: tuple[int, ...]
    goal_radius_m: float
    force_limit_n: float | None = None
    cameras: tuple[CameraView, ...]
    signals: tuple[tuple[str, str], ...]
    phases: tuple[str, ...]
    inputs: bool
    scale: float
    sense: float = 1.0
    operator_from_world: bytes
    layout: str
    deformables: tuple[DeformableScene, ...] = ()
    paths: tuple[ArmPath, ...] = ()
    guided: GuidedScene | None = None


class DeformableState(Wire, frozen=True, kw_only=True):
    """The shape of one deformable, in the order of the scene's.

    Attributes:
        nodes: float32 (n, 3), places in world [m].
        open: A bit for each cell, little-endian: cut or torn open.
        marked: A bit for each cell: painted on.
    """

    nodes: bytes
    open: bytes
    marked: bytes


class ArmState(Wire, frozen=True, kw_only=True):
    """What is shown of one arm. Poses are ``[x, y, z, qw, qx, qy, qz]`` in world.

    ``force`` is the contact force on the tip in world [N]; not finite or zero where its direction is not known.
    ``grip`` is what the hand asks for, ``jaw`` the measured angle of the jaws [rad]; NaN without jaws.
    """

    name: str
    q: tuple[float, ...]
    tip: tuple[float, ...]
    target: tuple[float, ...]
    force_n: float
    grip: float
    clutch: bool
    flags: int
    force: tuple[float, float, float] = (0.0, 0.0, 0.0)
    jaw: float = math.nan


class GuidedState(Wire, frozen=True, kw_only=True):
    """What is shown of a guided exercise. Coordinates are the exercise's own, m numbers, [rad] or [m].

    Attributes:
        x: Where the arm is.
        start: Where the movement began.
        goal: Where it is to end.
        reference: Where a good movement would be.
        moment: `robotics.guidance.Moment`.
        movement: Counts movements; 0 before the first.
        assistance: The law's present help, 0 to 1.
        cuff_n: The largest of the cuffs' forces [N]; NaN where none is measured.
        share: The patient's share of the work of the movements that are over [%]; NaN as long as hardly any was done.
    """

    x: tuple[float, ...]
    start: tuple[float, ...]
    goal: tuple[float, ...]
    reference: tuple[float, ...]
    moment: int
    movement: int
    assistance: float
    cuff_n: float
    share: float = math.nan


class StateMessage(Wire, frozen=True, kw_only=True):
    """The newest tick, as the view needs it. Single part, so that CONFLATE works.

    Attributes:
        epoch: Of the hub.
        sequence: Tick number.
        time_s: Time since the start of the run.
        sent_ns: Wall-clock time of sending [ns since 1970], for the age shown.
        state: `control.tick.State`.
        flags: `control.tick.Flag` bits of all arms, and of why they were stopped.
        phase: Phase of the task.
        success: Whether the goal was reached.
        running: False once the run is over.
        poses: float32 (bodies, 7) in world.
        target: Pose that the task asks a tip to reach, in world; NaN where none.
        arms: One per arm.
        signals: Values of the task's signals.
        missed: Deadlines missed so far.
        dropped: Ticks that the hub did not get in time.
        lease: Identifier of the client that holds the right to command, empty where none does.
        asked: Index of the arm whose tip that is.
        deformables: Shapes of the scene's deformables.
        guided: Of a guided exercise; None in lessons of surgery.
    """

    epoch: int
    sequence: int
    time_s: float
    sent_ns: int
    state: int
    flags: int
    phase: int
    success: bool
    running: bool
    poses: bytes
    target: tuple[float, ...]
    arms: tuple[ArmState, ...]
    signals: tuple[float, ...]
    missed: int
    dropped: int
    lease: str
    asked: int = 0
    deformables: tuple[DeformableState, ...] = ()
    guided: GuidedState | None = None


class HandMessage(Wire, frozen=True, kw_only=True, tag="hand"):
    """The operator's hand on one arm, from a view or any other program to the hub; see ``docs/INPUTS.md``.

    The newest wins; an old sequence is refused. ``sent_ns`` is the wall-clock time of sending, or of sensing where
    that was earlier [ns since 1970]; ``pose`` is in the operator's frame; ``arm`` counts the scene's arms from 0.
    """

    client: str
    epoch: int
    sequence: int
    sent_ns: int
    pose: tuple[float, float, float, float, float, float, float]
    grip: float
    clutch: bool
    arm: Annotated[int, msgspec.Meta(ge=0)] = 0


class LeaseReply(Wire, frozen=True, kw_only=True, tag="lease"):
    """The hub's answer to a hand message that it refuses, and once to the first it accepts."""

    granted: bool
    holder: str
    reason: str


class StopMessage(Wire, frozen=True, kw_only=True, tag="stop"):
    """Ends or stops the run; taken from anyone who may send it, whoever holds the lease and whatever the epoch.

    ``kind`` is a stop of `robotics.contracts.StopKind`, or ``"quit"`` to end the run in good order.
    """

    client: str
    kind: Literal["hold", "soft", "power_off", "quit"]


class Request(Wire, frozen=True, kw_only=True):
    """What a client asks on the request socket."""

    what: Literal["scene", "snapshot"]


class Snapshot(Wire, frozen=True, kw_only=True):
    """Scene and newest state together: a late joiner is complete with one of these."""

    scene: SceneMessage
    state: StateMessage | None


class Endpoints(Wire, frozen=True, kw_only=True):
    """Where a hub listens; written as JSON into the session's folder for whoever wants to attach."""

    session: str
    pid: int
    state: str
    request: str
    command: str
    stop: str


def array(data: bytes, dtype: DTypeLike, *shape: int) -> NDArray[np.generic]:
    """The array that ``data`` holds; read-only. One entry of ``shape`` may be -1."""
    return np.frombuffer(data, dtype).reshape(shape)
