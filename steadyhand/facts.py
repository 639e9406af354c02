"""What a recording says about how it was made."""

from __future__ import annotations

import platform
import time
from importlib.metadata import PackageNotFoundError, version

from robotics.arm_config import arm_files
from robotics.config import find
from robotics.trocar_config import TROCAR
from steadyhand.order import Order
from steadyhand.rig import Rig
from vr_training.records.info import SessionInfo

HAND = "Hand"
"""Note of a recording that says in words what moved the hand: for a recorded one, how its file was read."""


def program_version() -> str:
    """Version of the program."""
    try:
        return version("steadyhand")
    except PackageNotFoundError:
        return "0+unknown"


def processor() -> str:
    """Name of the processor and number of cores."""
    import os

    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    name = line.partition(":")[2].strip()
                    break
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def session_info(order: Order, rig: Rig, session: str, hand: str = "") -> SessionInfo:
    """What a recording says about its run, with the configurations as they were and what moved the hand, in words."""
    files = [
        find("tasks", rig.task_name),
        find("rigs", rig.name),
        *(
            find("controllers", name)
            for name in sorted({a.controller or rig.config.controller for a in rig.config.arms})
        ),
        find("filters", rig.filter),
        *([TROCAR] if any(arm.chain.remote_centre != "none" for arm in rig.arms) else []),
        *(path for arm in rig.config.arms for path in arm_files(arm.arm)),
    ]
    return SessionInfo(
        session=session,
        task=rig.task_name,
        rig=rig.name,
        input=order.input,
        filter=rig.filter,
        seed=order.seed,
        lockstep=order.lockstep,
        period_s=rig.config.period_s,
        start_ns=0 if order.lockstep else time.time_ns(),
        version=program_version(),
        host=processor(),
        line=order.line(rig.task_settings.line),
        difficulty=rig.difficulty,
        drives=rig.config.simulation.drives,
        plant=order.plant,
        configs={f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in files},
        notes={HAND: hand} if hand else {},
    )
