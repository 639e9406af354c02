"""Contacts of a thing that a hand turns: their normals turn with the jaws, and the grasp holds."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.fresh_contacts import FreshContacts
from tests.simulation.held import Bench, bar, bench

FULL = -0.698
TURN = np.pi / 2


def turned(held: Bench) -> None:
    """Turn the held thing a quarter of a turn about the instrument's shaft, at 90 degrees a second."""
    held.take(FULL)
    roll = 3  # yaw, pitch, insertion, roll
    for _ in range(100):
        held.command.q[roll] += TURN / 100
        held.run(0.01)
    held.run(0.3)


def leans(held: Bench) -> list[float]:
    """Angles between the normals with which both jaws press on it and those jaws' faces [rad]."""
    arm, angles = held.arms[0], []
    for contact in held.client.getContactPoints(held.body, arm.body):
        if contact[9] < 0.05:
            continue
        # The jaws close along x of their own links.
        R = np.array(held.client.getMatrixFromQuaternion(held.client.getLinkState(arm.body, contact[4])[5]))
        angles.append(float(np.arccos(min(abs(R.reshape(3, 3)[:, 0] @ contact[7]), 1.0))))
    return angles


@pytest.mark.parametrize("fresh", [True, False])
def test_the_normals_of_a_grasp_turn_with_the_jaws_where_contacts_are_found_anew_and_only_there(fresh: bool) -> None:
    with bench(bar()) as held:
        if fresh:
            held.world.push(FreshContacts(held.client, held.body).apply)
        turned(held)
        assert held.watch.holder == 0
        assert leans(held)
        worst = max(leans(held))
        assert (worst < np.radians(20.0)) == fresh
