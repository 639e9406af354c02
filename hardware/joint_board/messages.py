"""Messages of the joint board's protocol, version 1.

Made by `python -m hardware.joint_board.generate` from `protocol.toml`: change that.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, TypeAlias

VERSION = 1
"""Version of the protocol; no other is spoken."""

LARGEST = 125
"""Length of the longest payload [bytes]."""

MOST_JOINTS, MOST_CHANNELS = 8, 24
"""How many joints and further sensors a board has at most."""


class Mode(IntEnum):
    """What a command asks of the joints."""

    POSITION = 0
    """Go to q; dq and tau are fed forward."""
    VELOCITY = 1
    """Move with dq; tau is fed forward."""
    TORQUE = 2
    """Exert tau."""


class State(IntEnum):
    """What a board is doing. Nothing leaves SAFE or ESTOP by itself."""

    IDLE = 0
    """Drives are off, brakes are on."""
    ARMED = 1
    """Drives hold each joint where it was when it was armed."""
    HOMING = 2
    """Joints without an absolute encoder look for their reference."""
    ACTIVE = 3
    """Drives follow commands."""
    SAFE = 4
    """Latched: each joint does what is safe for it, until it is cleared."""
    ESTOP = 5
    """Latched: the emergency stop line is or was open; drives are off."""


class Stop(IntEnum):
    """How a board is asked to stop, in the categories of IEC 60204-1."""

    HOLD = 0
    """Hold the present position under power (category 2)."""
    SOFT = 1
    """Slow down, then each joint does what is safe for it (category 1)."""
    POWER_OFF = 2
    """Drives off, brakes on, at once (category 0)."""


class SafeBehaviour(IntEnum):
    """What a joint does in SAFE."""

    HOLD = 0
    """Hold where it stopped."""
    DAMP = 1
    """Resist motion, hold nothing."""
    RELEASE = 2
    """Drive off, brake off."""
    BRAKE = 3
    """Drive off, brake on."""


class Fault(IntEnum):
    """Why a board is in SAFE or ESTOP; the first cause stays until it is cleared."""

    NONE = 0
    """Nothing."""
    WATCHDOG = 1
    """No valid command or word of the host within the watchdog's time."""
    STOP = 2
    """The host asked for a stop."""
    EMERGENCY_STOP = 3
    """The emergency stop line is open."""
    POSITION = 4
    """A joint is past its range and the margin."""
    VELOCITY = 5
    """A joint moves faster than its limit and the margin."""
    TRACKING = 6
    """A joint does not follow."""
    ENCODER = 7
    """An encoder jumps, is stuck, or says that it is not sure."""
    DRIVE = 8
    """A drive stage says that it has failed, or does not answer."""
    TEMPERATURE = 9
    """A drive stage is too hot."""
    SUPPLY = 10
    """The supply is too low or too high."""
    HOMING = 11
    """A reference was not found."""
    OVERRUN = 12
    """The board's own loop was late."""


class Outcome(IntEnum):
    """What became of what a host asked for."""

    DONE = 0
    """Done."""
    WRONG_STATE = 1
    """Not in this state."""
    WRONG_BOOT = 2
    """The board has started anew since; say hello again."""
    WRONG_VALUE = 3
    """A value is outside of what the board allows."""
    CAUSE_STANDS = 4
    """What stopped it is still there."""
    NOT_HOMED = 5
    """A joint has no reference yet."""
    NO_WATCHDOG = 6
    """The watchdog's time is outside of what the board allows."""
    OVERTAKEN = 7
    """The board's state has changed since the host looked; look again."""


class Greet(NamedTuple):
    """Ask who is there. Answered by Hello at once, and by one Joint each, one a step. Harmless in every state."""


class Ping(NamedTuple):
    """Ask for the board's time. Answered by Pong.

    Attributes:
        token: Comes back as it is.
    """

    token: int


class Configure(NamedTuple):
    """Settings of a joint: range, speed and effort never beyond what it is built for, which Joint says; how its
    servo is tuned is the host's. Idle alone. Answered by Result, and by the Joint that stands from then on.

    Attributes:
        joint: Which.
        safe: What it does in SAFE.
        lower: Lower end of the range that is allowed [1e-7 rad or 1e-7 m].
        upper: Upper end [1e-7 rad or 1e-7 m].
        velocity: Largest speed [the joint's dq_unit].
        effort: Largest effort [the joint's tau_unit].
        tracking: Furthest that a joint may be behind its command; 0 where that is not watched [1e-7 rad or 1e-7
        m].
        stiffness: Of its servo: effort units per 2^20 position units.
        damping: Of its servo: effort units per 2^10 velocity units.
    """

    joint: int
    safe: SafeBehaviour
    lower: int
    upper: int
    velocity: int
    effort: int
    tracking: int
    stiffness: int
    damping: int


class Arm(NamedTuple):
    """Power the drives; each joint is held where it is. Idle alone. Answered by Result.

    Attributes:
        boot: The boot that Hello named: an old wish does not arm a board that started anew.
        entered: What Telemetry counted: nor one whose state has changed since.
        watchdog: Longest silence of the host that is borne [milliseconds].
    """

    boot: int
    entered: int
    watchdog: int


class Disarm(NamedTuple):
    """Drives off, brakes on. Armed or active. Answered by Result."""


class Home(NamedTuple):
    """Look for the references of all joints that have none. Armed alone. Answered by Result; its end by an Event.

    Attributes:
        entered: What Telemetry counted.
    """

    entered: int


class Clear(NamedTuple):
    """Leave SAFE or ESTOP for IDLE, where the cause is gone. Answered by Result.

    Attributes:
        boot: The boot that Hello named.
        entered: What Telemetry counted: who clears has seen what stopped it.
    """

    boot: int
    entered: int


class Halt(NamedTuple):
    """Stop. In every state; never refused. Answered by Result.

    Attributes:
        kind: How.
    """

    kind: Stop


class Command(NamedTuple):
    """What the joints are to do. The first makes an armed board active. Not answered: Telemetry names the newest
    that was taken.

    Attributes:
        expires: By the board's clock: it is not followed after that [microseconds].
        mode: Which of the three is the command proper.
        q: Positions [1e-7 rad or 1e-7 m].
        dq: Velocities [the joint's dq_unit].
        tau: Efforts [the joint's tau_unit].
    """

    expires: int
    mode: Mode
    q: tuple[int, ...]
    dq: tuple[int, ...]
    tau: tuple[int, ...]


class Hello(NamedTuple):
    """Who is there.

    Attributes:
        boot: Another at each start.
        joints: How many.
        channels: How many further sensors.
        watchdog_least: Shortest watchdog that the board has; 0 where it has none [milliseconds].
        watchdog_most: Longest [milliseconds].
        servo: Rate of its servo [hertz].
        rate: Rate of telemetry, and of commands that it can take [hertz].
        firmware: Version of the firmware.
        build: First bytes of the hash of its sources.
        board: Name of the board, ASCII, padded with zeros.
    """

    boot: int
    joints: int
    channels: int
    watchdog_least: int
    watchdog_most: int
    servo: int
    rate: int
    firmware: int
    build: tuple[int, ...]
    board: tuple[int, ...]


class Joint(NamedTuple):
    """A joint as it is set now, what it is built for, and the units of its numbers.

    Attributes:
        joint: Which.
        prismatic: 1 where it slides, 0 where it turns.
        homed: 1 where it has its reference.
        brake: 1 where it has a brake.
        safe: What it does in SAFE.
        dq_unit: Velocity of one unit [1e-9 rad/s or m/s] [1e-9 of the SI unit].
        tau_unit: Effort of one unit [1e-9 Nm or N] [1e-9 of the SI unit].
        lower: Lower end of the range [1e-7 rad or 1e-7 m].
        upper: Upper end [1e-7 rad or 1e-7 m].
        velocity: Largest speed [the joint's dq_unit].
        effort: Largest effort [the joint's tau_unit].
        tracking: Furthest that it may be behind its command; 0 where that is not watched [1e-7 rad or 1e-7 m].
        stiffness: Of its servo: effort units per 2^20 position units.
        damping: Of its servo: effort units per 2^10 velocity units.
        built_lower: Lower end of the widest range that can be set [1e-7 rad or 1e-7 m].
        built_upper: Upper end [1e-7 rad or 1e-7 m].
        built_velocity: Largest speed that can be set [the joint's dq_unit].
        built_effort: Largest effort that can be set [the joint's tau_unit].
    """

    joint: int
    prismatic: int
    homed: int
    brake: int
    safe: SafeBehaviour
    dq_unit: int
    tau_unit: int
    lower: int
    upper: int
    velocity: int
    effort: int
    tracking: int
    stiffness: int
    damping: int
    built_lower: int
    built_upper: int
    built_velocity: int
    built_effort: int


class Result(NamedTuple):
    """Answer to what a host asked for.

    Attributes:
        of: Sequence of what was asked.
        asked: Type of it.
        outcome: What became of it.
        state: State since.
    """

    of: int
    asked: int
    outcome: Outcome
    state: State


class Pong(NamedTuple):
    """Answer to Ping; the frame's own time is when it was sent.

    Attributes:
        token: As it came.
        received: When the Ping came, by the board's clock [microseconds].
    """

    token: int
    received: int


class Event(NamedTuple):
    """A change of state, told once; what is latched stands in Telemetry as well.

    Attributes:
        state: The new one.
        fault: Why.
        joint: Which; 255 where none.
        value: The number that was too much, in its own unit.
    """

    state: State
    fault: Fault
    joint: int
    value: int


class Telemetry(NamedTuple):
    """What was measured; the frame's time is when.

    Attributes:
        state: What the board is doing.
        fault: First cause of SAFE or ESTOP.
        joint: Which joint caused it; 255 where none.
        inputs: Bit 0: the emergency stop line is closed; others as the board has them.
        invalid: A bit a joint whose position may not be acted on.
        entered: Counts the states that the board has come to since its start; wraps.
        command: Sequence of the newest command that was taken.
        late: Commands that had expired, or been overtaken by a newer one, as they came; wraps.
        corrupt: Frames that came in corrupt; wraps.
        q: Positions [1e-7 rad or 1e-7 m].
        dq: Velocities [the joint's dq_unit].
        tau: Efforts of the drives [the joint's tau_unit].
        channels: Further sensors, cuffs say, in units of the board's page.
    """

    state: State
    fault: Fault
    joint: int
    inputs: int
    invalid: int
    entered: int
    command: int
    late: int
    corrupt: int
    q: tuple[int, ...]
    dq: tuple[int, ...]
    tau: tuple[int, ...]
    channels: tuple[int, ...]


AnyMessage: TypeAlias = (
    Greet
    | Ping
    | Configure
    | Arm
    | Disarm
    | Home
    | Clear
    | Halt
    | Command
    | Hello
    | Joint
    | Result
    | Pong
    | Event
    | Telemetry
)
TYPES: dict[int, type[AnyMessage]] = {
    0x01: Greet,
    0x02: Ping,
    0x03: Configure,
    0x04: Arm,
    0x05: Disarm,
    0x06: Home,
    0x07: Clear,
    0x08: Halt,
    0x10: Command,
    0x81: Hello,
    0x82: Joint,
    0x83: Result,
    0x84: Pong,
    0x85: Event,
    0x90: Telemetry,
}
"""Every message by its type."""

LAYOUTS: dict[type[AnyMessage], tuple[tuple[str, int | str, type[IntEnum] | None], ...]] = {
    Greet: (),
    Ping: (("I", 1, None),),
    Configure: (
        ("B", 1, None),
        ("B", 1, SafeBehaviour),
        ("i", 1, None),
        ("i", 1, None),
        ("h", 1, None),
        ("h", 1, None),
        ("i", 1, None),
        ("I", 1, None),
        ("I", 1, None),
    ),
    Arm: (
        ("I", 1, None),
        ("H", 1, None),
        ("H", 1, None),
    ),
    Disarm: (),
    Home: (("H", 1, None),),
    Clear: (
        ("I", 1, None),
        ("H", 1, None),
    ),
    Halt: (("B", 1, Stop),),
    Command: (
        ("I", 1, None),
        ("B", 1, Mode),
        ("i", "joints", None),
        ("h", "joints", None),
        ("h", "joints", None),
    ),
    Hello: (
        ("I", 1, None),
        ("B", 1, None),
        ("B", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("B", 8, None),
        ("B", 16, None),
    ),
    Joint: (
        ("B", 1, None),
        ("B", 1, None),
        ("B", 1, None),
        ("B", 1, None),
        ("B", 1, SafeBehaviour),
        ("I", 1, None),
        ("I", 1, None),
        ("i", 1, None),
        ("i", 1, None),
        ("h", 1, None),
        ("h", 1, None),
        ("i", 1, None),
        ("I", 1, None),
        ("I", 1, None),
        ("i", 1, None),
        ("i", 1, None),
        ("h", 1, None),
        ("h", 1, None),
    ),
    Result: (
        ("H", 1, None),
        ("B", 1, None),
        ("B", 1, Outcome),
        ("B", 1, State),
    ),
    Pong: (
        ("I", 1, None),
        ("I", 1, None),
    ),
    Event: (
        ("B", 1, State),
        ("B", 1, Fault),
        ("B", 1, None),
        ("i", 1, None),
    ),
    Telemetry: (
        ("B", 1, State),
        ("B", 1, Fault),
        ("B", 1, None),
        ("B", 1, None),
        ("B", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("H", 1, None),
        ("i", "joints", None),
        ("h", "joints", None),
        ("h", "joints", None),
        ("h", "channels", None),
    ),
}
"""Of each field the format of its numbers, how many they are, and what they are of."""
