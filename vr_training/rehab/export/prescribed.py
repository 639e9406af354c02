"""A block of a plan in words: how often, how far, how fast, with how much force and help, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator

from vr_training.rehab.prescription import Block, JointRange, Plan, Stops


def asked(plan: Plan, block: Block) -> str:
    """What a block of a plan prescribes, in a line."""
    stops = ", ".join(_stops(plan.stops_of(block)))
    return "; ".join((*_dose(plan, block), *_motion(block), *_help(block), f"stops at {stops}"))


def _dose(plan: Plan, block: Block) -> Iterator[str]:
    sets = f"{block.sets} sets of {block.repetitions}" if block.sets > 1 else f"{block.repetitions}"
    rest = f", {block.rest_s:g} s of rest between sets" if block.sets > 1 else ""
    yield f"{sets} repetitions{rest}, {plan.side} arm, robot {plan.arm}"
    if block.probes:
        yield f"{block.probes} without help before them, to measure"


def _motion(block: Block) -> Iterator[str]:
    for joint, each in block.ranges.items():
        yield f"{joint.replace('_', ' ')} {_range(each)}"
    for value, unit in ((block.distance_cm, "cm"), (block.speed_deg_s, "deg/s"), (block.speed_cm_s, "cm/s")):
        if value is not None:
            yield f"{value:g} {unit}"
    if block.relaxed:
        yield "relaxed"


def _range(of: JointRange) -> str:
    if of.deg is not None:
        return f"{of.deg[0]:g} to {of.deg[1]:g} deg"
    return f"{100.0 * (of.share or 0.0):.0f} % of the {of.of} range"


def _help(block: Block) -> Iterator[str]:
    least, most = block.assistance
    given = f"{100.0 * least:.0f} to {100.0 * most:.0f} %" if least < most else f"{100.0 * most:.0f} %"
    yield f"law {block.law}, help {given} of its bound"
    for value, unit in ((block.torque_nm, "Nm"), (block.force_n, "N")):
        if value is not None:
            yield f"at most {value:g} {unit}"
    yield f"{100.0 * block.arm_weight_support:.0f} % of the arm's weight carried"


def _stops(stops: Stops) -> Iterator[str]:
    for value, unit in (
        (stops.cuff_force_n, "N at a cuff"),
        (stops.joint_torque_nm, "Nm at a joint"),
        (stops.joint_speed_deg_s, "deg/s"),
        (stops.hand_speed_cm_s, "cm/s"),
        (stops.trunk_cm, "cm of the trunk"),
        (stops.fatigue_percent, "% of fatigue"),
        (stops.spasm_torque_nm, "Nm of a spasm"),
        (stops.tone_nms_rad, "Nm s/rad of tone"),
    ):
        if value is not None:
            yield f"{value:g} {unit}"
    for rule in stops.wearables:
        bounds = (("above", rule.above), ("below", rule.below))
        said = " or ".join(f"{word} {value:g}" for word, value in bounds if value is not None)
        yield f"{rule.channel} {said} for {rule.for_s:g} s"
