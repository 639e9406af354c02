"""A patient's limb as masses on a robot's links: what the weight of his arm is reckoned from."""

from __future__ import annotations

import numpy as np

from control.laws.weight_support import LimbLoad
from robotics.arm_config import BASE
from robotics.guidance import SEGMENTS
from robotics.kinematics import link_poses
from simulation.bullet_plant import PlacedArm
from simulation.patients.patient import Patient

CARRIERS = (2, 4, 6)
"""Links of the patient's chain that are his segments."""


def limb_on(arm: PlacedArm, patient: Patient) -> tuple[LimbLoad, ...]:
    """What each of the robot's links carries of the limb, by the tables of such a person.

    Each segment weighs on the last link whose cuff holds it, where it lies now; one that no moving cuff holds weighs on
    nothing: the person, the chair or the table carries it. A robot that holds the hand alone carries nothing.
    """
    chain, n = arm.chain, arm.chain.size
    names = [BASE, *chain.joint_names]
    held: dict[str, int] = {}
    for cuff in arm.config.cuffs:
        held[cuff.segment] = names.index(cuff.link) - 1
    mass, moment = np.zeros(n), np.zeros((n, 3))
    T_base_link = link_poses(chain, arm.start)
    if set(held) == {"hand"}:
        return ()
    average = patient.config.anthropometry.average(patient.side)
    for segment, carrier in zip(SEGMENTS, CARRIERS, strict=True):
        link = held.get(segment, -1)
        if link < 0:
            continue
        index = SEGMENTS.index(segment)
        m = float(average.mass[carrier])
        com = patient.T_world_segment[index] @ np.append(average.com[carrier], 1.0)
        in_link = np.linalg.inv(arm.T_world_base @ T_base_link[link]) @ com
        mass[link] += m
        moment[link] += m * in_link[:3]
    return tuple(LimbLoad(int(i), float(mass[i]), moment[i]) for i in np.flatnonzero(mass))
