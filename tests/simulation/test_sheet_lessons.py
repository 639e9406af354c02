"""Retraction and precision cut judge by physics: what is held, seen, stretched, cut, and where."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest

from control.loop import ControlLoop
from robotics.contracts import Vector
from simulation import tasks
from simulation.bullet_plant import BulletPlant
from simulation.tasks import precision_cut, tissue_retraction
from simulation.tasks.precision_cut import PrecisionCut
from simulation.tasks.tissue_retraction import TissueRetraction
from steadyhand.rig import build, plan

POINTING_DOWN = (0.0, 1.0, 0.0, 0.0)


@contextmanager
def standing(lesson: str, seed: int = 3) -> Iterator[tuple[ControlLoop, object]]:
    """A lesson whose arm nobody drives."""
    rig = plan(lesson)
    with build(rig, {}, seed) as (loop, task):
        loop.power_on()
        loop.tick()
        yield loop, task


def fed(loop: ControlLoop, tip: Vector, jaw: float, time: float) -> np.void:
    """A tick that says that the tip is somewhere."""
    record = loop._records[0]
    arm = record["arms"][loop.layout.arms[0][0]]
    arm["tip"][:3], arm["tip"][3:], arm["jaw"], record["time"] = tip, POINTING_DOWN, jaw, time
    return record


def drawn_along(task: PrecisionCut, loop: ControlLoop, aside: float, jaw: float, share: float = 1.0) -> Vector:
    """Feed a blade that runs along the path, ``aside`` of it in y; the signals after it."""
    place, time = np.zeros(3), 0.0
    for k in range(int(share * len(task._path))):
        task.sheet.place(*task._path[k].tolist(), place)
        time += 0.001
        outcome = task.step(fed(loop, place + np.array([0.0, aside, -0.001]), jaw, time))
        if outcome.done:
            break
    return outcome.signals.copy()


def test_a_blade_along_the_path_passes_and_leaves_the_rest_whole() -> None:
    with standing("precision_cut") as (loop, task):
        assert isinstance(task, PrecisionCut)
        signals = drawn_along(task, loop, 0.0, 0.0)
        assert signals[precision_cut.PATH_CUT] == 1.0
        assert signals[precision_cut.OFF_PATH] == 0.0
        assert task._outcome.success
        assert signals[precision_cut.TRACKING] < 1e-4
        opened = np.unpackbits(task.sheet.open_cells.view(np.uint8)).sum()
        fine = task.settings.sheet.spacing_m / task.settings.sheet.cells
        assert 0.036 / fine < opened < 2.2 * 0.05 / fine


def test_half_of_the_path_is_no_success() -> None:
    with standing("precision_cut") as (loop, task):
        assert isinstance(task, PrecisionCut)
        signals = drawn_along(task, loop, 0.0, 0.0, share=0.5)
        assert signals[precision_cut.PATH_CUT] == pytest.approx(0.5, abs=0.05)
        assert not task._outcome.success


def test_a_cut_beside_the_path_spoils_the_sheet() -> None:
    with standing("precision_cut") as (loop, task):
        assert isinstance(task, PrecisionCut)
        signals = drawn_along(task, loop, 0.005, 0.0)
        assert signals[precision_cut.OFF_PATH] >= task.settings.off_limit_m
        assert task._outcome.done
        assert not task._outcome.success


def test_open_jaws_are_cold() -> None:
    with standing("precision_cut") as (loop, task):
        assert isinstance(task, PrecisionCut)
        signals = drawn_along(task, loop, 0.0, 0.5)
        assert signals[precision_cut.PATH_CUT] == 0.0
        assert not task.sheet.open_cells.any()
        assert math.isnan(signals[precision_cut.TRACKING])


def test_the_sheet_is_taut_whole_and_marked() -> None:
    with standing("precision_cut") as (loop, task):
        assert isinstance(task, PrecisionCut)
        assert task.sheet.max_strain == pytest.approx(task.settings.tension, abs=0.01)
        record = loop._records["deformables"][0]["sheet"]
        assert np.abs(record["nodes"] - task.sheet.positions).max() < 5e-6
        marked = np.unpackbits(record["marked"].view(np.uint8)).sum()
        assert marked > 30
        assert not record["open"].any()


def test_the_target_is_hidden_until_the_sheet_is_folded_back() -> None:
    with standing("tissue_retraction") as (loop, task):
        assert isinstance(task, TissueRetraction)
        for k in range(60):
            outcome = task.step(fed(loop, np.array([0.03, 0.0, 0.06]), 0.5, 0.001 * k))
        assert outcome.signals[tissue_retraction.EXPOSED] == 0.0
        task.sheet.positions[:, 2] += 0.5  # out of sight altogether
        for k in range(60, 120):
            outcome = task.step(fed(loop, np.array([0.03, 0.0, 0.06]), 0.5, 0.001 * k))
        assert outcome.signals[tissue_retraction.EXPOSED] == 1.0
        assert not outcome.success  # nobody holds it


def test_the_eye_is_the_rigs_endoscope() -> None:
    settings = tasks.load("tissue_retraction")
    assert isinstance(settings, tissue_retraction.Settings)
    assert plan("tissue_retraction").config.cameras[0].eye_m == settings.eye_m


def test_a_sheet_lies_still_and_overstretches_nothing_by_itself() -> None:
    with standing("tissue_retraction") as (loop, task):
        assert isinstance(task, TissueRetraction)
        before = task.sheet.positions.copy()
        for _ in range(300):
            loop.tick()
        assert np.abs(task.sheet.positions - before).max() < 2e-4
        assert task.sheet.overstretched == 0
        assert task.sheet.max_strain < 0.02


def test_every_variation_comes_from_the_seed() -> None:
    places = []
    for seed in (3, 3, 4):
        with standing("tissue_retraction", seed) as (loop, task):
            assert isinstance(task, TissueRetraction)
            places.append((task._pose.tobytes(), loop._records.tobytes()))
    assert places[0][0] == places[1][0]
    assert places[0][0] != places[2][0]


def test_jaws_that_close_on_the_edge_are_held_apart_by_it_and_carry_its_weight() -> None:
    with standing("tissue_retraction") as (loop, task):
        assert isinstance(task, TissueRetraction)
        assert isinstance(loop.plant, BulletPlant)
        jaws = task._coupling.jaws[0]
        # The sheet's edge comes between closed jaws that stand: hung up by its middle.
        nodes = task.sheet.positions
        middle = 0.5 * (jaws.after[0] + jaws.after[1])
        edge = nodes[9 * 16].copy()
        nodes[:] = nodes - edge + middle[:, 3] + 0.007 * middle[:, 1]
        task.sheet.velocities[:] = 0.0
        for _ in range(30):
            loop.tick()
        assert jaws.pinch_n > 0.1
        opened = loop._records[0]["arms"][loop.layout.arms[0][0]]["jaw"]
        assert opened > 0.005
        wrenches, pulls = [], []
        for _ in range(30):
            arm = loop.tick()[0]["arms"][loop.layout.arms[0][0]]
            wrenches.append(arm["wrench"][:3].copy())
            squeeze = jaws.pinch_n * (jaws.after[1][:, 0] - jaws.after[0][:, 0])  # of pads that lean
            pulls.append(jaws.reaction[:, :3].sum(axis=0) + squeeze)
        assert np.isfinite(jaws.reaction).all()
        # What hangs in the jaws pulls at them, and the arm feels it.
        assert np.linalg.norm(pulls, axis=1).max() > 0.01
        np.testing.assert_allclose(wrenches[1:], pulls[:-1], atol=1e-3)


def test_settings_refuse_what_cannot_be() -> None:
    settings = tasks.load("precision_cut")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"nodes": [2, 2]}, type(settings.sheet))  # type: ignore[attr-defined]
