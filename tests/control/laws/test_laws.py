"""Every law in configs/laws keeps the contract, in each of its spaces, of one to three coordinates."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher
from numba.core.runtime import rtsys
from numba.core.runtime._nrt_python import memsys_enable_stats

from control.energy_tank import EnergyTank
from control.laws import Law, LawState, create, load, names
from control.laws.registry import kinds
from robotics.errors import ArgumentError, ConfigError, UnknownNameError
from robotics.guidance import Guidance, Moment, Space
from tests.control.laws.conftest import DT, Arm, Reach, run, state

EACH = [(name, space) for name in names() for space in load(name).spaces()]
every = pytest.mark.parametrize(("name", "space"), EACH, ids=[f"{name}-{space.value}" for name, space in EACH])


def drawn(rng: np.random.Generator, m: int, size: float = 1.0) -> LawState:
    """A state and guidance drawn at random, with a path or without."""
    asks = Guidance.at_rest(size * rng.normal(size=m))
    asks.moment = Moment(int(rng.integers(0, 5)))
    asks.movement = int(rng.integers(0, 3))
    for values in (asks.start, asks.goal, asks.reference, asks.rate, asks.acceleration, asks.nearest):
        values[:] = size * rng.normal(size=m)
    asks.tangent[:] = rng.normal(size=m)
    asks.tangent *= rng.integers(0, 2) / np.linalg.norm(asks.tangent)
    asks.progress, asks.elapsed_s, asks.duration_s = rng.random(), 3.0 * rng.random(), 2.0 * rng.random()
    asks.assistance = float(rng.choice([0.0, 0.5, 1.0]))
    if rng.random() < 0.5:
        asks.mirror[:] = size * rng.normal(size=m)
    return LawState(size * rng.normal(size=m), size * rng.normal(size=m), size * rng.normal(size=m), asks)


def asked(name: str) -> Moment:
    """A moment that the law is made for."""
    return Moment[load(name).fits[0].upper()]


@every
@pytest.mark.parametrize("m", [1, 2, 3])
def test_it_keeps_the_protocol(name: str, space: Space, m: int) -> None:
    law = create(name, space, m, DT)
    assert isinstance(law, Law)
    assert law.dims == m
    assert law.assistance == 0.0


def test_every_module_ships_in_some_config() -> None:
    assert {load(name).law for name in names()} == set(kinds())


@every
def test_its_budget_is_there_for_the_space(name: str, space: Space) -> None:
    config = load(name)
    budget = config.energy(space)
    assert budget is not None
    assert budget.start_j <= budget.most_j
    assert config.fitting(Moment.REST)
    assert any(config.fitting(moment) for moment in Moment if moment is not Moment.REST)


@every
@pytest.mark.parametrize("m", [1, 2, 3])
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-300, 1e-3, 1.0, 1e8, 1e300]))
@settings(max_examples=5, deadline=None)
def test_any_finite_state_gives_a_finite_force_within_the_cap(
    name: str, space: Space, m: int, seed: int, size: float
) -> None:
    rng = np.random.default_rng(seed)
    law, most = create(name, space, m, DT), load(name).gains(space).max_force
    force = np.empty(m)
    for _ in range(40):
        known = drawn(rng, m, size)
        for _ in range(int(rng.integers(1, 5))):
            law.update(known, force)
            assert np.isfinite(force).all()
            assert np.linalg.norm(force) <= most * (1 + 1e-12)
            assert 0.0 <= law.assistance <= 1.0


@every
def test_at_rest_it_lets_go_softly_unless_it_holds(name: str, space: Space) -> None:
    law, gains = create(name, space, 2, DT), load(name).gains(space)
    known = drawn(np.random.default_rng(3), 2, 0.3)
    known.guidance.assistance, known.guidance.moment = 1.0, asked(name)
    run(law, known, 3.0)
    known.guidance.moment = Moment.REST
    forces = run(law, known, 1.0)
    if law.holds:
        assert np.abs(forces[-1]).max() > 0.0
        return
    assert np.abs(np.diff(forces, axis=0)).max(initial=0.0) <= 1.5 * gains.max_force * DT / gains.release_s * 1.01
    np.testing.assert_array_equal(forces[round(gains.release_s / DT) + 1 :], 0.0)
    assert law.assistance == 0.0


@every
def test_it_comes_in_softly_however_far_the_arm_is_off(name: str, space: Space) -> None:
    law, gains = create(name, space, 2, DT), load(name).gains(space)
    known = drawn(np.random.default_rng(4), 2, 2.0)
    known.guidance.assistance, known.guidance.moment = 1.0, Moment.REST
    forces = run(law, known, 0.1)
    known.guidance.moment = asked(name)
    forces = np.vstack([forces, run(law, known, 1.0)])
    if not law.holds:
        np.testing.assert_array_equal(forces[:100], 0.0)
    # A blend over engage_s rises 1.5 times as fast as a straight line; what a law learns meanwhile is within the rest.
    assert np.abs(np.diff(forces, axis=0)).max() <= 1.6 * gains.max_force * DT / gains.engage_s


@every
def test_a_new_movement_to_somewhere_else_makes_no_jump(name: str, space: Space) -> None:
    law, gains = create(name, space, 2, DT), load(name).gains(space)
    rng = np.random.default_rng(5)
    known = drawn(rng, 2, 0.2)
    known.guidance.assistance, known.guidance.moment = 1.0, asked(name)
    before = run(law, known, 2.0)
    other = drawn(rng, 2, 0.2).guidance
    other.assistance, other.moment, other.movement = 1.0, asked(name), known.guidance.movement + 1
    known.guidance = other
    after = run(law, known, 1.0)
    steps = np.diff(np.vstack([before[-1:], after]), axis=0)
    assert np.abs(steps).max() <= 2 * 1.6 * gains.max_force * DT / gains.engage_s


@every
def test_what_is_not_finite_counts_as_rest(name: str, space: Space) -> None:
    law = create(name, space, 2, DT)
    known = drawn(np.random.default_rng(6), 2, 0.3)
    known.guidance.moment = asked(name)
    run(law, known, 1.0)
    known.v[1] = np.nan
    forces = run(law, known, 0.5)
    assert np.isfinite(forces).all()
    np.testing.assert_array_equal(forces[-1], 0.0)
    known.v[1] = 0.0
    assert np.isfinite(run(law, known, 0.5)).all()


@every
def test_a_wrong_shape_is_refused(name: str, space: Space) -> None:
    law = create(name, space, 2, DT)
    with pytest.raises(ArgumentError, match=r"2 coordinates"):
        law.update(state(3), np.zeros(3))


@every
def test_help_stays_within_the_bound_of_the_guidance(name: str, space: Space) -> None:
    law, most = create(name, space, 2, DT), load(name).gains(space).max_force
    known = drawn(np.random.default_rng(7), 2, 1.0)
    known.guidance.assistance, known.guidance.moment = 0.3, asked(name)
    forces = run(law, known, 2.0)
    if not law.helps:
        assert law.assistance == 0.0
        return
    assert np.linalg.norm(forces, axis=1).max() <= 0.3 * most * (1 + 1e-9)
    known.guidance.assistance = 0.0
    np.testing.assert_array_equal(run(law, known, 2.0)[-1], 0.0)
    known.guidance.assistance = float("nan")
    np.testing.assert_array_equal(run(law, known, 0.1)[-1], 0.0)


@every
def test_the_same_input_gives_the_same_bits_and_reset_makes_it_new(name: str, space: Space) -> None:
    law, other = create(name, space, 3, DT), create(name, space, 3, DT)
    inputs = [drawn(np.random.default_rng(seed), 3, 0.4) for seed in range(60)]
    a, b = np.empty(3), np.empty(3)
    first = []
    for known in inputs:
        law.update(copy.deepcopy(known), a)
        other.update(known, b)
        np.testing.assert_array_equal(a, b)
        first.append(a.copy())
    law.reset()
    assert law.assistance == 0.0
    for known, force in zip(inputs, first, strict=True):
        law.update(known, a)
        np.testing.assert_array_equal(a, force)


@every
def test_it_writes_nothing_but_the_force(name: str, space: Space) -> None:
    law, known = create(name, space, 3, DT), drawn(np.random.default_rng(8), 3, 0.4)
    known.guidance.moment = asked(name)
    before = copy.deepcopy(known)
    run(law, known, 0.1)
    for values, kept in ((known, before), (known.guidance, before.guidance)):
        for key in values.__slots__:
            if key != "guidance":
                np.testing.assert_array_equal(getattr(values, key), getattr(kept, key))


@every
def test_a_tick_makes_no_array(name: str, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba makes a handle of each array that Python hands to a kernel; a kernel that makes an array makes one more."""
    law, force = create(name, space, 3, DT), np.empty(3)
    inputs = [drawn(np.random.default_rng(seed), 3, 0.4) for seed in range(100)]
    for known in inputs:
        law.update(known, force)
    handles = 0

    def counting(kernel: Dispatcher) -> Callable[..., object]:
        def call(*values: object) -> object:
            nonlocal handles
            handles += sum(isinstance(value, np.ndarray) for value in values)
            return kernel(*values)

        return call

    for module in [module for at, module in sys.modules.items() if at.startswith("control.laws")]:
        for at, value in vars(module).items():
            if isinstance(value, Dispatcher):
                monkeypatch.setattr(module, at, counting(value))
    memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    for known in inputs:
        law.update(known, force)
    made = rtsys.get_allocation_stats().mi_alloc - before.mi_alloc
    assert made == handles > 0


@every
@given(seed=st.integers(0, 10**6), m=st.integers(1, 3), wild=st.booleans())
@settings(max_examples=3, deadline=None)
def test_through_the_tank_no_law_gives_a_patient_more_than_its_budget(
    name: str, space: Space, seed: int, m: int, wild: bool
) -> None:
    rng = np.random.default_rng(seed)
    law, budget = create(name, space, m, DT), load(name).energy(space)
    tank = EnergyTank(budget, DT)
    size = 1.0 if space is Space.JOINT else 0.3
    mass, strength = (0.2, 8.0) if space is Space.JOINT else (2.0, 30.0)
    arm = Arm(m, mass * rng.uniform(0.5, 2.0), mass * rng.uniform(0.0, 5.0))
    spring, start = mass * rng.uniform(0.0, 30.0), size * rng.normal(size=m)
    arm.x[:] = start
    reach = Reach(start, start + size * rng.normal(size=m), duration_s=rng.uniform(0.3, 1.5), hold_s=0.2)
    known, force = LawState(arm.x, arm.v, np.zeros(m), reach.asks), np.zeros(m)
    given_j, push = 0.0, np.zeros(m)
    for k in range(2500):
        if k % 100 == 0:
            push = strength * rng.normal(size=m)
            moment = Moment(int(rng.integers(0, 5)))
        asks = reach.at(k * DT, arm.x)
        if wild:
            asks.moment = moment
            asks.mirror = reach.ends[k // 1000 % 2] if k % 700 < 500 else np.full(m, np.nan)
        law.update(known, force)
        tank.scale(force, arm.v)
        given_j += float(force @ arm.v) * DT
        # What it took counts as negative, so the net can at no time exceed what the budget let in.
        assert given_j <= budget.start_j + budget.refill_w * (k + 1) * DT + 1e-9
        arm.step(force + push - spring * (arm.x - start))
    assert np.isfinite(arm.x).all()


def test_an_unknown_law_and_a_space_without_a_table_are_refused(tmp_path) -> None:
    with pytest.raises(UnknownNameError, match="passive"):
        create("nothing", Space.TIP, 1, DT)
    path = tmp_path / "stiff.toml"
    text = (
        'title = "t"\nlaw = "passive"\nsource = "ours"\nfits = ["move"]\n'
        "[tip]\nstiffness = 100.0\ndamping = 1.0\nmax_force = 10.0\n"
        "[budget.tip]\nstart_j = 1.0\nrefill_w = 1.0\nmost_j = 1.0\n"
    )
    path.write_text(text)
    assert create(str(path), Space.TIP, 2, DT).dims == 2
    assert load(str(path)).spaces() == (Space.TIP,)
    with pytest.raises(ConfigError, match=r"joint: the law has no such table; it has: tip"):
        create(str(path), Space.JOINT, 2, DT)
    for old, new, complaint in (
        ("stiffness = 100.0", "stiffness = -1.0", r"tip\.stiffness"),
        ("damping = 1.0", "damping = 1.0\nmass = 1.0", "mass"),
        ('law = "passive"', 'law = "base"', "law kind"),
        ('fits = ["move"]', 'fits = ["dance"]', "dance"),
        ("[budget.tip]", "[budget.joint]", "budget"),
        ("most_j = 1.0", "most_j = 0.5", "most_j"),
        ("max_force = 10.0", "max_force = 1e9", "max_force"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(ConfigError, match=complaint):
            create(str(path), Space.TIP, 2, DT)


def test_a_therapist_may_change_gains_within_their_bounds() -> None:
    known = state(1, moment=Moment.MOVE)
    known.v[0] = 0.5
    law = create("resistive_viscous", Space.TIP, 1, DT, {"damping": 10.0})
    assert run(law, known, 1.0)[-1, 0] == pytest.approx(-5.0)
    assert load("resistive_viscous").tip.damping == 20.0
    for changes, complaint in (({"damping": -1.0}, "damping"), ({"dampening": 1.0}, "dampening")):
        with pytest.raises(ConfigError, match=rf"resistive_viscous, tip, as changed: .*{complaint}"):
            create("resistive_viscous", Space.TIP, 1, DT, changes)


@pytest.mark.parametrize(("dims", "dt"), [(0, DT), (4, DT), (1, 0.0), (1, 0.1), (1, float("nan"))])
def test_dims_and_period_out_of_range_are_refused(dims: int, dt: float) -> None:
    with pytest.raises(ArgumentError):
        create("passive", Space.TIP, dims, dt)
