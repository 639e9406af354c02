"""What the model of a patient comes to where something is published: each function measures it, without a robot."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from robotics.contracts import Vector
from robotics.dynamics import gravity_torque
from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Moment, Space
from simulation.patients.alone import Alone
from simulation.patients.config import PatientConfig
from simulation.patients.joints import JOINTS, SIZE
from simulation.patients.patient import Patient

PERIOD_S = 1e-3
"""Control and physics period of all checks [s]."""

_G = (0.0, 0.0, -9.81)
_SHOULDER, _ELBOW = JOINTS.index("shoulder_flexion"), JOINTS.index("elbow_flexion")


def _patient(config: PatientConfig, gravity: float = -9.81, period_s: float = PERIOD_S) -> Patient:
    """The patient on a mean day, every movement as he means it."""
    return Patient(replace(config, daily=None), config.side, period_s, period_s, gravity)


def _joint(*names: str) -> Coordinates:
    return Coordinates(Space.JOINT, joints=names)


def holding_share(config: PatientConfig) -> float:
    """Share of his strength that he needs to hold the bare arm out at 90 degrees of shoulder flexion.

    Published: 22 to 25 % of a man's strength, 34 % of a woman's (Isometric strength in flexors, abductors, and
    external rotators of the shoulder; 179 men and 179 women of Stockholm, the ranges are of groups' means).
    """
    alone = Alone(_patient(config), _joint("shoulder_flexion"), np.zeros(SIZE), 0, PERIOD_S)
    shares: list[float] = []

    def feel(patient: Patient, _: Vector) -> None:
        if patient.strength[1, _SHOULDER] > 0.0:  # which is known once he has taken a step
            shares.append(float(patient.muscle_torque[_SHOULDER] / patient.strength[1, _SHOULDER]))

    alone.ask(Moment.MOVE, np.array([0.5 * math.pi]), 2.0, 5.0, feel)
    return float(np.mean(shares[-round(1.0 / PERIOD_S) :]))  # over a second: nobody holds his arm quite still


def arm_weight(config: PatientConfig) -> tuple[float, float]:
    """Torque of gravity at shoulder and elbow with the arm held out straight [Nm].

    By de Leva 1996 and Winter 2009, a man of 75 kg and 1.75 m: 11.934 and 2.847 Nm.
    """
    q = np.zeros(SIZE)
    q[_SHOULDER] = 0.5 * math.pi
    tau = gravity_torque(config.anthropometry.chain(config.side), q, gravity=_G)
    return float(tau[_SHOULDER]), float(tau[_ELBOW])


def hardest_push(config: PatientConfig, joint: str, sign: int, flexion_deg: float = 0.0) -> float:
    """Largest torque of his muscles while he pushes with one joint against a splint that lets nothing move [Nm].

    Args:
        config: The patient.
        joint: The joint.
        sign: Of the direction in which he pushes.
        flexion_deg: Flexion of the shoulder, or of the elbow where that is the joint [deg].
    """
    q, j, period_s, peak = np.zeros(SIZE), JOINTS.index(joint), 1e-4, 0.0
    q[_ELBOW if j == _ELBOW else _SHOULDER] = math.radians(flexion_deg)
    alone = Alone(_patient(config, period_s=period_s), _joint(joint), q, 0, period_s)

    def hold(patient: Patient, _: Vector) -> None:
        nonlocal peak
        peak = max(peak, sign * float(patient.muscle_torque[j]))
        patient.q[:], patient.dq[:] = q, 0.0  # how far it came in a step of a tenth of a millisecond

    alone.ask(Moment.PUSH, q[[j]] + sign * 0.5, 1.0, 1.5, hold)
    return peak


def endurance(
    config: PatientConfig, shares: tuple[float, ...], longest_s: float = 3600.0, joint: str = "elbow_flexion"
) -> Vector:
    """How long he holds shares of a joint's strength in its positive direction, shape (len(shares),) [s].

    Published: what can be held for ever is R / (F + R), near 9 % (Frey-Law et al. 2012).
    """
    patient = Patient(config, config.side, 0.01, 0.01)
    patient.reset(np.random.default_rng(0), np.zeros(SIZE), np.eye(4))
    return np.array([patient.endure(JOINTS.index(joint), share, longest_s) for share in shares])


def stretch_resistance(
    config: PatientConfig, speeds_deg_s: tuple[float, ...] = (15.0, 30.0, 60.0, 90.0, 120.0, 150.0)
) -> Vector:
    """Largest torque against the elbow's being stretched from 100 to 30 degrees of flexion, by speed [Nm].

    Published: between 15 and 150 deg/s it is the slope that grows with speed, much more than the threshold moves
    (PMC6402810).
    """
    peaks = np.zeros(len(speeds_deg_s))
    for i, speed in enumerate(np.radians(speeds_deg_s)):
        patient = _patient(config)
        patient.reset(np.random.default_rng(0), np.zeros(SIZE), np.eye(4))
        q, dq = np.zeros(SIZE), np.zeros(SIZE)
        dq[_ELBOW] = -speed
        for angle in np.arange(math.radians(100.0), math.radians(30.0), -speed * PERIOD_S):
            q[_ELBOW] = angle
            peaks[i] = max(peaks[i], patient.resistance(q, dq)[_ELBOW])
    return peaks


def slope_share(config: PatientConfig) -> float:
    """Share of the growth of resistance from 15 to 150 deg/s that is left when the threshold does not move.

    Published: reflex stiffness explains about 74 %, the threshold angle 15 % (PMC6402810).
    """
    if config.spasticity is None:
        raise ArgumentError(f"{config.title} has no section on spasticity")
    fixed = replace(config, spasticity=replace(config.spasticity, shift_s=0.0))
    whole, slope = (stretch_resistance(each, (15.0, 150.0)) for each in (config, fixed))
    return float((slope[1] - slope[0]) / (whole[1] - whole[0]))


@dataclass(frozen=True)
class Shaking:
    """A tremor as it is measured.

    Attributes:
        joint: The joint that shakes most.
        frequency_hz: Frequency of the highest peak of its spectrum [Hz].
        amplitude_deg: Root mean square of its angle between 2 and 14 Hz times the root of two [deg].
    """

    joint: str
    frequency_hz: float
    amplitude_deg: float


def shaking(config: PatientConfig, moment: Moment, seconds: float = 20.0, seed: int = 0) -> Shaking:
    """Tremor of the free arm while the elbow is held bent (HOLD), or while the arm hangs at rest (REST).

    Published bands: essential 4 to 12 Hz, Parkinsonian 3 to 8, cerebellar 2 to 5 (Deuschl et al. 1998).
    """
    alone = Alone(_patient(config), _joint("elbow_flexion"), np.zeros(SIZE), seed, PERIOD_S)
    goal = np.array([0.5 * math.pi if moment is Moment.HOLD else 0.0])
    alone.ask(moment, goal, 1.5, 5.0)
    _, q = alone.ask(moment, goal, 1.5, seconds)
    window = np.hanning(len(q))
    power = np.abs(np.fft.rfft(np.degrees(q - q.mean(axis=0)) * window[:, None], axis=0)) ** 2
    frequency = np.fft.rfftfreq(len(q), PERIOD_S)
    band = (frequency >= 2.0) & (frequency <= 14.0)
    # Parseval's theorem under a window; a sine of amplitude a has the mean square a^2 / 2.
    amplitude = np.sqrt(2.0 * 2.0 * power[band].sum(axis=0) / (len(q) * np.square(window).sum()))
    worst = int(amplitude.argmax())
    peak = frequency[band][power[band, worst].argmax()]
    return Shaking(JOINTS[worst], float(peak), float(amplitude[worst]))


def active_range(config: PatientConfig, joint: str, gravity_m_s2: float = 0.0) -> tuple[float, float]:
    """Lowest and highest angle to which he brings a joint by himself, the arm's weight taken off by default [deg].

    He begins in the middle of the range: who is put outside of it stays there.
    """
    ends = []
    q, j = np.zeros(SIZE), JOINTS.index(joint)
    q[j] = config.range.active_deg.radians()[:, j].mean()
    for sign in (-1.0, 1.0):
        alone = Alone(_patient(config, gravity_m_s2), _joint(joint), q, 0, PERIOD_S)
        alone.ask(Moment.MOVE, np.array([sign * math.radians(220.0)]), 4.0, 8.0)
        ends.append(float(np.degrees(alone.patient.q[j])))
    return ends[0], ends[1]


def passive_range(config: PatientConfig, joint: str, torque_nm: float) -> tuple[float, float]:
    """Lowest and highest angle to which a torque brings a joint of the relaxed arm, led slowly [deg]."""
    j = JOINTS.index(joint)
    calm = replace(config, spasticity=None)
    patient = _patient(calm)
    patient.reset(np.random.default_rng(0), np.zeros(SIZE), np.eye(4))
    low, high = np.radians(getattr(config.range.passive_deg, joint))
    ends = []
    for start, sign in ((low, -1.0), (high, 1.0)):
        q = np.zeros(SIZE)
        q[j] = start
        while abs(patient.resistance(q, np.zeros(SIZE))[j]) < torque_nm and abs(q[j]) < 4.0:
            q[j] += sign * math.radians(0.1)
        ends.append(float(np.degrees(q[j])))
    return ends[0], ends[1]


def slacking(config: PatientConfig, helped: int, unhelped: int, stiffness_nm_rad: float = 60.0) -> Vector:
    """Effort from movement to movement of an elbow: first a helper does the work, then nobody, shape (movements,).

    Published: effort decays by one factor where there is no error, and comes back with error (Emken et al. 2007).
    """
    alone = Alone(_patient(config), _joint("elbow_flexion"), np.zeros(SIZE), 0, PERIOD_S)
    duration, seconds = 1.5, 2.5
    low, high = math.radians(20.0), math.radians(100.0)
    efforts = []
    alone.ask(Moment.MOVE, np.array([low]), duration, seconds)
    for i in range(helped + unhelped):
        goal, began = (high if i % 2 == 0 else low), float(alone.patient.q[_ELBOW])
        start = alone.cue.time_s

        def help_along(
            patient: Patient, wrench: Vector, start: float = start, began: float = began, goal: float = goal
        ) -> None:
            u = min(max((alone.cue.time_s - start - config.intent.reaction_s) / duration, 0.0), 1.0)
            wanted = began + (goal - began) * u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
            axis = patient.axis_world(_ELBOW)
            torque = stiffness_nm_rad * (wanted - patient.q[_ELBOW]) - 0.05 * stiffness_nm_rad * patient.dq[_ELBOW]
            wrench[1, 3:], wrench[0, 3:] = torque * axis, -torque * axis

        alone.ask(Moment.MOVE, np.array([goal]), duration, seconds, help_along if i < helped else None)
        efforts.append(alone.patient.effort)
    return np.array(efforts)


def set_out(config: PatientConfig, bias_deg: float, movements: int = 4) -> Vector:
    """Angle at which the hand sets out, of movements of 12 cm there and back, shape (movements,) [deg].

    Positive as the bias. He sets out by that much askew at first; his errors of direction and of effort are left out.

    Published: corrections grow with the error below 6 degrees only (Kim et al. 2018).
    """
    if config.learning is None:
        raise ArgumentError(f"{config.title} has no section on learning")
    steady = replace(
        config,
        intent=replace(config.intent, direction_error_deg=0.0),
        learning=replace(config.learning, bias_deg=bias_deg),
        effort=None,
    )
    q = np.zeros(SIZE)
    q[_SHOULDER], q[_ELBOW] = math.radians(20.0), math.radians(80.0)
    alone = Alone(_patient(steady), Coordinates(Space.TIP, axes=(0, 1, 2)), q, 0, PERIOD_S)
    alone.ask(Moment.HOLD, alone.place(), 1.0, 4.0)
    home, angles = alone.place(), np.empty(movements)
    inward = 1.0 if config.side == "right" else -1.0
    for i in range(movements):
        goal, began = home + (np.array([0.12, 0.0, 0.0]) if i % 2 == 0 else 0.0), alone.place()
        x, _ = alone.ask(Moment.MOVE, goal, 0.8, 2.5)
        early = x[int(np.argmax(np.linalg.norm(x - began, axis=1) > 0.03))] - began
        way = goal - began
        angles[i] = inward * math.degrees(math.atan2(way[0] * early[1] - way[1] * early[0], way[:2] @ early[:2]))
    return angles
