"""A sheet keeps the laws: rest, weight, energy, Coulomb's limit, cuts, tears, and it never explodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.errors import ArgumentError
from simulation.sheet import Jaws, Sheet, SheetConfig

G = 9.81


def config(**changes: object) -> SheetConfig:
    given: dict[str, object] = {
        "nodes": (10, 8),
        "spacing_m": 0.003,
        "thickness_m": 0.001,
        "youngs_pa": 1.5e5,
        "squeezed_pa": 1e5,
        "damping_1_s": 20.0,
        "friction": 0.6,
        "support_friction": 0.3,
        "overstretch": 0.25,
        "tear": 0.6,
    }
    return SheetConfig(**{**given, **changes})  # type: ignore[arg-type]


def flat(nodes: tuple[int, int] = (10, 8), spacing: float = 0.003, height: float = 0.0) -> np.ndarray:
    i, j = np.divmod(np.arange(nodes[0] * nodes[1]), nodes[1])
    return np.stack([spacing * i, spacing * j, np.full(len(i), height)], axis=1)


def nobody(nodes: tuple[int, int] = (10, 8)) -> np.ndarray:
    return np.zeros(nodes[0] * nodes[1], np.bool_)


def one_side(nodes: tuple[int, int] = (10, 8)) -> np.ndarray:
    return np.arange(nodes[0] * nodes[1]) % nodes[1] == nodes[1] - 1


def jaws_at(place: np.ndarray, gap: float) -> np.ndarray:
    """Frames of parallel jaws that point along -y, their pads along the sheet's plane: left below, right above."""
    frames = np.zeros((2, 3, 4))
    # x is world z, y is world -y, z is world x ... right-handed: x cross y = z.
    frames[:, :, 0], frames[:, :, 1] = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)
    frames[:, :, 2] = (1.0, 0.0, 0.0)
    frames[:, :, 3] = place + np.array([0.0, 0.006, 0.0])
    frames[0, 2, 3] -= 0.5 * gap
    frames[1, 2, 3] += 0.5 * gap
    return frames


def test_a_flat_sheet_without_gravity_stays_where_it_is_to_the_last_bit() -> None:
    sheet = Sheet(config(), flat(), nobody(), gravity_m_s2=0.0)
    before = sheet.positions.copy()
    for _ in range(500):
        sheet.step(1e-3)
    assert np.abs(sheet.positions - before).max() < 1e-15
    assert sheet.max_strain < 1e-12


def test_a_sheet_on_a_support_comes_to_rest_on_it() -> None:
    sheet = Sheet(config(), flat(height=0.002), nobody(), floor_m=0.0)
    for _ in range(1500):
        sheet.step(1e-3)
    assert np.abs(sheet.velocities).max() < 1e-6
    assert sheet.positions[:, 2] == pytest.approx(0.0005, abs=2e-5)


def test_a_hanging_sheet_pulls_on_its_pins_with_its_weight() -> None:
    places = flat()[:, [0, 2, 1]]
    sheet = Sheet(config(), places, one_side())
    for _ in range(4000):
        sheet.step(1e-3)
    weight = config().node_mass_kg * G * (~one_side()).sum()
    np.testing.assert_allclose(sheet.support_force(), [0.0, 0.0, -weight], atol=1e-3 * weight)


def test_a_strip_that_is_drawn_out_answers_with_its_modulus() -> None:
    nodes = (40, 8)
    places = flat(nodes)
    ends = (places[:, 0] < 1e-6) | (places[:, 0] > 0.117 - 1e-6)
    sheet = Sheet(config(nodes=nodes), places, ends, gravity_m_s2=0.0)
    strain = 0.02
    sheet.positions[:, 0] *= 1.0 + strain
    for _ in range(3000):
        sheet.step(1e-3)
    pull = np.abs(_end_force(sheet, places))
    assert pull == pytest.approx(1.5e5 * 0.001 * 0.021 * strain, rel=0.06)


def _end_force(sheet: Sheet, places: np.ndarray) -> float:
    sheet.support_force()
    return float(sheet._F[0][places[:, 0] < 1e-6].sum())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_energy_never_grows_without_work(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = flat()
    sheet = Sheet(config(damping_1_s=1.0), places, one_side())
    # Slow waves: an explicit step carries the energy of its very fastest motion with a ripple.
    for _ in range(3):
        wave = np.sin(places[:, :2] @ rng.uniform(-150.0, 150.0, 2) + rng.uniform(0.0, 6.0))
        sheet.velocities[:] += np.outer(wave * ~one_side(), rng.normal(scale=0.1, size=3))
    before = sheet.energy()
    start = before
    for _ in range(60):
        for _ in range(10):
            sheet.step(1e-3)
        energy = sheet.energy()
        assert energy < before + 0.01 * abs(start) + 1e-8
        before = energy
    assert energy < start


def hanging(place: np.ndarray, gap: float) -> np.ndarray:
    """Frames of parallel jaws that point down, their pads along x and z."""
    frames = np.zeros((2, 3, 4))
    frames[:, :, 0], frames[:, :, 1], frames[:, :, 2] = (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)
    frames[:, :, 3] = place + np.array([0.0, 0.0, 0.006])
    frames[0, 1, 3] -= 0.5 * gap
    frames[1, 1, 3] += 0.5 * gap
    return frames


def pulled(pull_n: float, gap: float, mu: float = 0.1) -> tuple[Sheet, Jaws]:
    """A sheet whose upper edge hangs between pads; its weight grows slowly to ``pull_n``."""
    places = flat() @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    sheet = Sheet(config(friction=mu), places, nobody(), gravity_m_s2=0.0)
    place = np.array([0.0135, 0.0, 0.0])
    jaws = Jaws(hanging(place, gap), hanging(place, gap), np.zeros((2, 7)))
    for k in range(800):
        sheet._material[4] = -min(k / 500.0, 1.0) * pull_n / (80 * config().node_mass_kg)
        sheet.step(1e-3, (jaws,))
    return sheet, jaws


def limit(gap: float, mu: float = 0.1) -> float:
    _, jaws = pulled(0.0, gap, mu)
    return 2.0 * mu * jaws.pinch_n


def test_jaws_hold_the_sheet_below_coulombs_limit_and_let_it_slip_above() -> None:
    gap = 0.00085
    most = limit(gap)
    assert most > 0.02
    held, jaws = pulled(0.8 * most, gap)
    assert jaws.pinch_n > 0.0
    assert jaws.slipped_m == 0.0
    assert jaws.force[2] == pytest.approx(-0.8 * most, rel=0.05)
    assert np.linalg.norm(held.velocities, axis=1).max() < 1e-2
    lost, jaws = pulled(1.5 * most, gap)
    assert jaws.pinch_n == 0.0
    assert lost.positions[:, 2].max() < -0.01


def test_a_light_grip_lets_go_what_a_firm_one_holds() -> None:
    light, firm = limit(0.00095), limit(0.0006)
    assert light < firm
    pull = 0.5 * (light + firm)
    assert pulled(pull, 0.00095)[1].pinch_n == 0.0
    assert pulled(pull, 0.0006)[1].pinch_n > 0.0


def test_what_the_jaws_feel_is_what_they_do() -> None:
    sheet = Sheet(config(damping_1_s=0.0), flat(), nobody(), gravity_m_s2=0.0)
    place = np.array([0.0135, 0.0, 0.0])
    jaws = Jaws(jaws_at(place, 0.0007), jaws_at(place, 0.0007), np.zeros((2, 7)))
    given_ = np.zeros(3)
    for _ in range(50):
        jaws.before[:] = jaws.after
        jaws.after[:, 1, 3] -= 5e-5  # draws it along at 50 mm/s
        sheet.step(1e-3, (jaws,))
        given_ -= jaws.force * 1e-3
    np.testing.assert_allclose(config().node_mass_kg * sheet.velocities.sum(axis=0), given_, atol=1e-9)
    assert given_[1] < 0.0


def test_a_cut_parts_the_sheet_in_two() -> None:
    places = flat()[:, [0, 2, 1]]
    sheet = Sheet(config(), places, one_side())
    assert sheet.cut(np.array([-0.001, 0.0104]), np.array([0.028, 0.0104])) > 20
    for _ in range(300):
        sheet.step(1e-3)
    below = np.arange(80) % 8 <= 3
    assert sheet.positions[below, 2].max() < places[below, 2].min() - 0.02
    assert sheet.positions[~below, 2] == pytest.approx(places[~below, 2], abs=1e-3)
    opened = np.unpackbits(sheet.open_cells.view(np.uint8), bitorder="little")[: 27 * 21].reshape(27, 21)
    assert opened[:, 10].all()
    assert opened.sum() == 27


def test_strain_beyond_the_limits_is_flagged_and_tears() -> None:
    places = flat()
    ends = (places[:, 0] < 1e-6) | (places[:, 0] > 0.027 - 1e-6)
    sheet = Sheet(config(), places, ends, gravity_m_s2=0.0)
    sheet.positions[:, 0] *= 1.2
    sheet.step(1e-3)
    assert sheet.overstretched == 0
    assert 0.15 < sheet.max_strain < 0.25
    assert sheet.strain().max() == pytest.approx(sheet.max_strain, abs=1e-9)
    sheet.positions[:, 0] *= 1.12
    sheet.step(1e-3)
    assert sheet.overstretched > 0
    assert sheet.tears == 0
    once = sheet.overstretched
    sheet.step(1e-3)
    assert sheet.overstretched >= once
    sheet.positions[:, 0] *= 1.5
    sheet.step(1e-3)
    assert sheet.tears > 0
    assert sheet.open_cells.any()


def test_a_line_through_the_sheet_meets_it_where_it_is_and_passes_where_it_is_open() -> None:
    sheet = Sheet(config(), flat(), nobody(), gravity_m_s2=0.0)
    out, place = np.zeros(3), np.zeros(3)
    above, below = np.array([0.0133, 0.0102, 0.01]), np.array([0.0133, 0.0102, -0.01])
    assert sheet.pierced(above, below, out)
    assert out == pytest.approx([0.0133, 0.0102, 0.5], abs=1e-9)
    sheet.place(out[0], out[1], place)
    assert place == pytest.approx([0.0133, 0.0102, 0.0], abs=1e-12)
    sheet.cut(np.array([0.012, 0.0102]), np.array([0.015, 0.0102]))
    assert not sheet.pierced(above, below, out)
    assert not sheet.pierced(above, np.array([0.0133, 0.0102, 0.001]), out)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_motion_of_the_jaws_makes_it_explode(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sheet = Sheet(config(), flat(height=0.0005), one_side(), floor_m=0.0)
    place = np.array([0.0135, 0.004, 0.001])
    jaws = Jaws(jaws_at(place, 0.002), jaws_at(place, 0.002), np.zeros((2, 7)))
    velocity = np.zeros(3)
    for k in range(600):
        if k % 60 == 0:
            velocity, gap = rng.uniform(-0.3, 0.3, 3), rng.uniform(0.0, 0.004)
        place = np.clip(place + 1e-3 * velocity, -0.03, 0.05)
        jaws.before[:] = jaws.after
        jaws.after[:] = jaws_at(place, gap)
        sheet.step(1e-3, (jaws,))
        assert np.isfinite(sheet.positions).all()
        assert np.abs(sheet.positions).max() < 0.3
        assert np.isfinite(jaws.reaction).all()
    assert np.abs(sheet.velocities).max() < 10.0


def test_the_same_steps_give_the_same_bits() -> None:
    def run() -> bytes:
        sheet, _ = pulled(0.3, 0.0007)
        return sheet.positions.tobytes() + sheet.velocities.tobytes()

    assert run() == run()


def test_a_sheet_refuses_what_it_cannot_be() -> None:
    with pytest.raises(ValueError, match="odd"):
        config(nodes=(9, 7))
    with pytest.raises(ValueError, match="overstretch"):
        config(tear=0.2)
    with pytest.raises(ArgumentError, match="80 nodes"):
        Sheet(config(), flat((4, 4)), nobody((4, 4)))
