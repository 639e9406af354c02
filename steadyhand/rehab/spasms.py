"""Whether a patient's spasms fit the limits of a prescription, and how hard he may push beside them.

A robot cannot keep both a force limit and a speed limit that a spasm beats: to hold the speed it has to press back as
hard as the spasm presses. Such a prescription is refused before anything moves. What is known of his spasms is what his
configuration says; with a person it would be what was seen before.
"""

from __future__ import annotations

from control.patient_guard import ACT_AT
from robotics.arm_config import BASE
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Moment
from simulation.patients.patient import Patient
from simulation.patients.spasm_load import spasm_load
from steadyhand.rehab.rig import GuidedRig
from vr_training.rehab.our_limits import MOST_CUFF_N, MOST_PUSH_N

WORSE = 1.25
"""Force of a spasm over that at the start, in other postures and with what he does himself. Ours: at most 1.24 were
seen, in some 60 runs with spasms that come often."""

WORSE_HELD = 1.05
"""The same where a cuff of the base holds his forearm, and so his posture: at most 1.03 were seen in 72 runs. Ours."""

BEARABLE = 0.95
"""Share of a force limit up to which a spasm may press, with whatever is pushed besides; ours."""

PUSH_SHARE = 0.5
"""Share of a limit at which a push is enough; ours."""

DRIVES_SHARE = 0.7
"""Share of a drive's effort at which a push is enough: he pushes on while he reacts; ours."""

PUSHES_ON_N = 30.0
"""What a strong man still adds while he reacts and lets go, which has to fit below the stop, too; ours [N]."""

LEAST_PUSH_N = 15.0
"""Push that has to be left for a strength to be taken; ours [N]."""


def refuse_spasms(rig: GuidedRig, patient: Patient, T_world_shoulder: Vector) -> float:
    """Refuse limits that his spasms beat; what a spasm presses on a cuff with at most [N], 0 for who has none.

    Args:
        rig: The exercise as planned.
        patient: Who sits in the robot.
        T_world_shoulder: Where his shoulder is, shape (4, 4).

    Raises:
        ArgumentError: They do; says what limit they need.
    """
    if patient.config.spasm is None:
        return 0.0
    gravity = rig.config.simulation.gravity_m_s2
    worse = WORSE_HELD if any(cuff.link == BASE for cuff in rig.arm.config.cuffs) else WORSE
    pressed = worse * float(spasm_load(rig.arm, patient, T_world_shoulder, gravity).max())
    limit, needed = rig.limits.cuff_force_n, pressed / BEARABLE
    if pushes(rig):
        needed += LEAST_PUSH_N / BEARABLE
    if limit < needed:
        beside = f" beside a push of {LEAST_PUSH_N:g} N" if pushes(rig) else ""
        raise ArgumentError(
            f"spasms of patient '{rig.patient_name}' press a cuff of '{rig.name}' with up to {pressed:.0f} N{beside}: "
            f"with a force limit of {limit:.0f} N no robot keeps his speed within its limit, too; "
            f"at least {needed:.0f} N are needed{_beyond(rig, needed)}"
        )
    return pressed


def _beyond(rig: GuidedRig, needed: float) -> str:
    """What else could be done about it."""
    most = MOST_PUSH_N if pushes(rig) else MOST_CUFF_N
    return f", and a plan may have {most:g} N at most" if rig.order.planned and needed > most else ", or another robot"


def most_push(rig: GuidedRig, spasm_n: float) -> float:
    """Force at a cuff at which a push is enough, so that even with a spasm on top the limit is kept [N]."""
    limit = rig.limits.cuff_force_n
    own = min(PUSH_SHARE * limit, ACT_AT * limit - PUSHES_ON_N)
    return max(min(own, BEARABLE * limit - spasm_n) if spasm_n else own, LEAST_PUSH_N)


def most_torque(rig: GuidedRig) -> float:
    """Torque at a joint at which a push is enough [Nm]: drives that already give all they have hold nobody."""
    chain = rig.arm.chain
    efforts = [chain.effort[chain.joint_names.index(joint)] for joint in rig.settings.joints]
    most = PUSH_SHARE * rig.limits.joint_torque_nm
    return min(most, DRIVES_SHARE * float(min(efforts))) if efforts else most


def pushes(rig: GuidedRig) -> bool:
    """Whether the exercise asks for a push with all strength."""
    return any(Moment[asked.upper()] is Moment.PUSH for asked in rig.settings.imposes) or "push" in rig.law_config.fits
