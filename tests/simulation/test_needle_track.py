"""A needle in tissue: what it takes to go in and out, and that the tissue never gives back more than it took."""

from __future__ import annotations

import numpy as np
import pybullet as pb
import pytest

from robotics.kernels.rotation import quaternion_from_matrix
from simulation import tasks
from simulation.needle_track import NeedleTrack
from simulation.needle_track_kernels import (
    ASIDE,
    BRISTLE,
    EMBEDDED,
    EMERGED,
    PUNCTURED,
    STATE_SIZE,
    STORED,
    TEARS,
    tissue_load,
)
from simulation.props import turned
from simulation.settings import SimulationConfig
from simulation.tasks.suture import Settings
from simulation.tissue import TissuePad
from simulation.world import BulletWorld

DT = 1e-3
LESSON = tasks.load("suture_pass")
assert isinstance(LESSON, Settings)
TISSUE = LESSON.suturable


class Hand:
    """A needle led by hand through tissue whose surface is z = 0: straight motions, no inertia."""

    def __init__(self) -> None:
        with BulletWorld(SimulationConfig()) as world:
            pad = TissuePad(world.client, LESSON.pad, LESSON.tissue)
            body = LESSON.needle.load(world.client, np.array([0.0, 0.0, 0.05]), turned(0.0), 0.002)
            track = NeedleTrack(world, LESSON.needle, body, LESSON.pad, pad.body, TISSUE)
        self.nodes, self.tangents, self.parameters = track._nodes, track._tangents, track._parameters
        self.state, self.channel, self.load = np.zeros(STATE_SIZE), np.zeros((400, 3)), np.zeros(6)
        self.motion = np.zeros((4, 3))
        self.R = np.eye(3)
        self.work = 0.0  # done by the tissue on the needle [J]
        self.angle = 0.0

    def put(self, centre: np.ndarray, angle: float) -> None:
        """Stand the needle in the x-z plane, its point at an angle from the lowest place of its circle."""
        self.angle = angle
        middle = angle - 0.5 * np.pi
        x = np.array([np.sin(middle), 0.0, -np.cos(middle)])
        y = np.array([np.cos(middle), 0.0, np.sin(middle)])
        self.R = np.stack([x, y, np.cross(x, y)], axis=1)
        self.centre = centre.astype(float)

    def step(self, shift: np.ndarray | None = None, turn: float = 0.0) -> float:
        """Move it within one period; the force on it [N]."""
        before = self._place()
        self.centre = self.centre + (np.zeros(3) if shift is None else shift)
        self.put(self.centre, self.angle + turn)
        after = self._place()
        self.motion[0] = after
        self.motion[1] = (after - before) / DT
        self.motion[2] = np.array([0.0, -turn / DT, 0.0])
        tissue_load(
            self.motion, _quat(self.R), self.nodes, self.tangents, self.parameters, self.state, self.channel, self.load
        )
        self.work += float(self.load[:3] @ self.motion[1] + self.load[3:] @ self.motion[2]) * DT
        return float(np.linalg.norm(self.load[:3]))

    def _place(self) -> np.ndarray:
        return self.centre + self.R @ np.array([LESSON.needle.centre_of_mass_m, 0.0, 0.0])


def _quat(R: np.ndarray) -> np.ndarray:
    q = np.zeros(4)
    quaternion_from_matrix(np.ascontiguousarray(R), q)
    return np.array([q[1], q[2], q[3], q[0]])


HEIGHT = 0.008
ENTRY = np.arccos(HEIGHT / LESSON.needle.radius_m)
RATE = np.radians(20.0) * DT


def driven(until: float) -> tuple[Hand, list[float]]:
    """Turn a needle about its own centre until its point stands at an angle; the forces on the way."""
    hand, forces = Hand(), []
    hand.put(np.array([0.0, 0.0, HEIGHT]), -ENTRY - 0.1)
    while hand.angle < until:
        forces.append(hand.step(turn=RATE))
    return hand, forces


def test_the_point_enters_once_it_is_pressed_with_the_puncture_force_and_not_before() -> None:
    hand = Hand()
    hand.put(np.array([0.0, 0.0, HEIGHT]), -ENTRY - 0.02)
    peak, entries, was = 0.0, 0, False
    for _ in range(1500):
        force = hand.step(turn=RATE)
        inside = hand.state[PUNCTURED] > 0.0
        if not inside:
            peak = max(peak, force)
        entries += inside and not was
        was = inside
    assert peak == pytest.approx(TISSUE.puncture_n, rel=0.05)
    assert entries == 1


def test_a_surface_that_is_pressed_less_springs_back_and_has_no_hole() -> None:
    hand = Hand()
    hand.put(np.array([0.0, 0.0, HEIGHT]), -ENTRY)
    for turn in [RATE] * 220 + [-RATE] * 400:
        assert hand.step(turn=turn) < TISSUE.puncture_n
    assert hand.state[PUNCTURED] == 0.0
    assert hand.load[:3] == pytest.approx(0.0)


def test_nothing_enters_but_the_point() -> None:
    """The needle's side, pressed flat onto the pad with twice what a puncture takes."""
    with BulletWorld(SimulationConfig()) as world:
        pad = TissuePad(world.client, LESSON.pad, LESSON.tissue)
        body = LESSON.needle.load(world.client, np.array([0.0, 0.0, 0.0006]), turned(0.0), 0.002)
        track = NeedleTrack(world, LESSON.needle, body, LESSON.pad, pad.body, TISSUE)
        world.push(track.apply)
        for _ in range(500):
            at = world.client.getBasePositionAndOrientation(body)[0]
            world.client.applyExternalForce(body, -1, (0.0, 0.0, -2.0 * TISSUE.puncture_n), at, pb.WORLD_FRAME)
            world.step()
        assert not track.inside
        assert at[2] > -0.005


def test_a_point_that_grazes_the_surface_slides_over_it() -> None:
    hand = Hand()
    hand.put(np.array([0.0, 0.0, LESSON.needle.radius_m - 0.001]), 0.0)  # the point's own tangent is level
    for _ in range(1500):
        hand.step(shift=np.array([5e-6, 0.0, -1e-6]))
    assert hand.state[PUNCTURED] == 0.0


def test_the_force_has_two_peaks_one_at_the_entry_and_one_at_the_exit() -> None:
    hand, forces = driven(ENTRY + 0.6)
    assert hand.state[EMERGED] == 1.0
    third = len(forces) // 3
    middle = max(forces[third : 2 * third])
    assert max(forces[:third]) > 1.3 * middle
    assert max(forces[2 * third :]) > 1.1 * middle


def test_a_needle_turned_about_its_own_centre_stays_in_its_channel_and_comes_out_where_its_circle_does() -> None:
    hand, _ = driven(ENTRY + 0.6)
    assert hand.state[ASIDE] < 3e-4
    count = int(hand.state[2])
    chord = 2.0 * LESSON.needle.radius_m * np.sin(ENTRY)
    assert np.linalg.norm(hand.channel[count - 1] - hand.channel[0]) == pytest.approx(chord, abs=5e-4)
    assert hand.state[TEARS] == 0.0


def test_friction_resists_both_ways_up_to_its_limit() -> None:
    hand, _ = driven(ENTRY + 0.6)
    for sign in (1.0, -1.0):
        for _ in range(800):
            hand.step(turn=sign * 0.5 * RATE)
        limit = TISSUE.friction_n_m * hand.state[EMBEDDED]
        drag = TISSUE.drag_stiffness_n_m * hand.state[BRISTLE]
        assert sign * drag == pytest.approx(limit, rel=0.05)
        velocity = hand.load[:3] @ hand.motion[1] + hand.load[3:] @ hand.motion[2]
        assert velocity < 0.0


def test_the_tissue_never_gives_more_than_was_put_into_it() -> None:
    # What it does on the needle and what it stores can only shrink together.
    rng = np.random.default_rng(3)
    hand, _ = driven(0.4)
    least, risen = hand.work + hand.state[STORED], 0.0
    began, shake, turn = least, np.zeros(3), 0.0
    for k in range(6000):
        if k % 50 == 0:
            shake, turn = rng.normal(0.0, 4e-6, 3), rng.normal(0.0, 2.0 * RATE)
        hand.step(shift=shake, turn=turn)
        energy = hand.work + hand.state[STORED]
        least = min(least, energy)
        risen = max(risen, energy - least)
    assert hand.state[PUNCTURED] == 1.0
    assert least < began - 1e-3
    # What is left is of springs whose directions turn within a step.
    assert risen < 0.05 * (began - least)


def test_a_pull_sideways_beyond_its_limit_tears_the_channel_once_and_a_smaller_one_does_not() -> None:
    bear = TISSUE.tear_n_m / TISSUE.line_stiffness_n_m2
    hand, _ = driven(0.6)
    spare = bear - hand.state[ASIDE]
    for _ in range(1000):
        hand.step(shift=np.array([0.0, 0.8 * spare / 1000, 0.0]))
    assert hand.state[TEARS] == 0.0
    for _ in range(1000):
        hand.step(shift=np.array([0.0, bear / 1000, 0.0]))
    assert hand.state[TEARS] == 1.0


def test_a_needle_let_go_in_the_tissue_is_held_by_it() -> None:
    """Through PyBullet: the channel's springs and friction alone keep it up."""
    with BulletWorld(SimulationConfig(solver_iterations=300)) as world:
        pad = TissuePad(world.client, LESSON.pad, LESSON.tissue)
        hand, _ = driven(0.6)
        quat = _quat(hand.R)
        body = LESSON.needle.load(world.client, hand.centre, np.array([quat[3], *quat[:3]]), 0.002)
        track = NeedleTrack(world, LESSON.needle, body, LESSON.pad, pad.body, TISSUE)
        track.state[:], track.channel[:] = hand.state, hand.channel
        track._change(was=False)
        world.push(track.apply)
        pose = np.zeros(7)
        for _ in range(1500):
            world.step()
        LESSON.needle.pose(world.client, body, pose)
        assert track.inside
        assert np.linalg.norm(pose[:3] - hand.centre) < 2e-3
        assert np.linalg.norm(world.client.getBaseVelocity(body)[0]) < 1e-3
        assert track.embedded_m > 0.01
