"""Patients as files."""

from __future__ import annotations

import re

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.config import CONFIG_DIR, decode, load_named, names
from robotics.errors import ArgumentError, ConfigError
from robotics.guidance import Moment
from simulation.patients import Patient, PatientConfig, checks
from simulation.patients.joints import PLACES, SIZE, GroupShares
from simulation.patients.strength import Strength
from tests.simulation.patients.cast import alone, config

ALL = names("patients")

AUTHOR_YEAR = r"[A-Z][\w'-]+(?: et al\.)? (?:19|20)\d\d\b"
NAMED = re.compile(
    rf"{AUTHOR_YEAR}|\bPMC\d{{6,}}|\b(?:ISO|IEC)(?:/TS)? \d{{4,}}|\b[Aa]ssumed\b|\b[Oo]urs\b|\bsee the healthy man\b"
)
"""Who published it and when, its number in PubMed Central, a standard's number, or that it is assumed or ours."""


def nameless(source: str) -> list[str]:
    """The parts of a source, between semicolons, that say neither where they are from nor that they are assumed."""
    parts = [part.strip() for part in source.split(";")]
    claimed = re.compile(rf"{AUTHOR_YEAR}|\bPMC\d{{6,}}")
    return [part for part in parts if not NAMED.search(part) or ("published" in part and not claimed.search(part))]


def test_the_usual_patients_ship():
    assert {
        "healthy", "stroke_flaccid", "stroke_moderate", "stroke_spastic", "stroke_synergy", "stroke_recovering",
        "frozen_shoulder", "parkinson", "essential_tremor", "cerebellar_ataxia",
    } <= set(ALL)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_each_patient_lives_through_an_exercise(name):
    person = alone(config(name), "elbow_flexion")
    person.ask(Moment.MOVE, np.radians([60.0]), 1.0, 1.0)
    assert np.all(np.isfinite(person.patient.q))
    assert config(name).title


@pytest.mark.parametrize("name", ALL)
def test_every_part_of_a_section_s_source_names_who_published_it_or_says_that_it_is_assumed(name):
    c = config(name)
    sources = {field: getattr(c, field).source for field in c.__struct_fields__ if hasattr(getattr(c, field), "source")}
    assert len(sources) >= 9
    assert {field: nameless(source) for field, source in sources.items() if nameless(source)} == {}


@pytest.mark.parametrize(
    "said",
    [
        "published dynamometry", "see simulation/patients/strength.py", "hours", "19 of 20", "in 2018",
        "a study of 2007", "PMC12", "Assumed, within what is published: grip 0.52 of the other side",
    ],
)  # fmt: skip
def test_what_names_no_source_is_told_from_what_does_part_by_part(said):
    assert nameless(said) == [said]
    assert nameless(f"Emken et al. 2007; {said}") == [said]
    assert not nameless("Delp, Grierson and Buchanan 1996, means; PMC2784227; Assumed: a limp arm; all else is ours")


@pytest.mark.parametrize("sex", ["male", "female"])
def test_a_paralysed_group_has_no_strength_and_one_that_is_not_named_all_of_its_share(sex):
    table = Strength(source="assumed", share=0.5, groups=GroupShares(elbow_extensors=0.0, pronators=0.4)).table(sex)
    whole = Strength(source="assumed", share=1.0).table(sex)
    expected = np.full((2, SIZE), 0.5)
    expected[PLACES["elbow_extensors"]], expected[PLACES["pronators"]] = 0.0, 0.2
    np.testing.assert_allclose(table, expected * whole)
    assert (whole > 0.0).all()


def test_a_paralysed_group_of_one_who_recovers_comes_back_with_his_strength():
    c = config("stroke_recovering")
    limp = replace(c, strength=replace(c.strength, groups=GroupShares(elbow_extensors=0.0)))
    shares = [limp.after(sessions).strength.groups.elbow_extensors for sessions in (0, 1, 12)]
    assert shares[0] == 0.0
    assert 0.0 < shares[1] < shares[2] < 1.0


def refused(old, new):
    text = (CONFIG_DIR / "patients" / "healthy.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ConfigError) as error:
        decode(text.replace(old, new, 1), PatientConfig)
    return str(error.value)


def test_what_cannot_be_is_refused_with_its_key():
    assert "mass_kg" in refused("mass_kg = 75.0", "mass_kg = 7500.0")
    assert "shoulder_flexion" in refused("shoulder_flexion = [-60.0, 180.0]", "shoulder_flexion = [180.0, -60.0]")
    assert "passive range" in refused("elbow_flexion = [0.0, 150.0]", "elbow_flexion = [0.0, 175.0]")
    assert "stiffness_n_m" in refused("stiffness_n_m = [3000.0, 3000.0", "stiffness_n_m = [0.0, 3000.0")
    assert "share" in refused("share = 1.0", "share = -1.0")
    assert "unknown" in refused("share = 1.0", "shares = 1.0\nshare = 1.0").lower()


def test_a_muscle_group_that_is_not_there_is_refused():
    text = (CONFIG_DIR / "patients" / "stroke_spastic.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="elbow_benders"):
        decode(text.replace('"elbow_flexors"', '"elbow_benders"', 1), PatientConfig)


def test_periods_that_cannot_be_are_refused():
    with pytest.raises(ArgumentError):
        Patient(config(), "right", 1e-3, 2e-3)
    with pytest.raises(ArgumentError):
        Patient(config(), "right", 1e-3, 1e-3).reset(np.random.default_rng(0), np.zeros(6), np.eye(4))


def test_twelve_sessions_bring_back_strength_and_range_and_take_tone_and_synergy():
    before = load_named("patients", "stroke_recovering", PatientConfig)
    assert before.after(0) is before
    middle, end = before.after(4), before.after(12)
    assert before.strength.share < middle.strength.share < end.strength.share < 1.0
    for name in ("shoulder_flexion", "elbow_flexion"):
        reached = [checks.active_range(each, name)[1] for each in (before, middle, end)]
        assert reached[0] + 5.0 < reached[1] < reached[2] - 5.0
    peaks = [checks.stretch_resistance(each, (120.0,))[0] for each in (before, middle, end)]
    assert peaks[0] > 1.2 * peaks[1] > 1.4 * peaks[2]
    assert before.synergy.couplings[0].share > end.synergy.couplings[0].share > 0.0
    assert before.intent.direction_error_deg > end.intent.direction_error_deg > 0.0
    assert end.intent.pace < before.intent.pace


def test_sessions_add_up():
    c = load_named("patients", "stroke_recovering", PatientConfig)
    twice, at_once = c.after(3).after(5), c.after(8)
    assert twice.strength.share == pytest.approx(at_once.strength.share)
    assert twice.range.active_deg.elbow_flexion == pytest.approx(at_once.range.active_deg.elbow_flexion)
    assert twice.spasticity.groups[0].tone_nm == pytest.approx(at_once.spasticity.groups[0].tone_nm)


def test_who_does_not_recover_stays_as_he_is():
    c = config("stroke_spastic")
    assert c.after(12) is c
