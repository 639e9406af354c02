"""A person carries a ring from peg to peg with mouse and keyboard: real X events, and friction alone holds the ring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.steadyhand.mouse_driver import patient, person_at
from tests.steadyhand.test_mouse import END_S, check_at_rest_in_the_end, check_saved
from tests.steadyhand.transfer_driver import Carrier
from tests.steadyhand.virtual_display import MISSING, results_of, steadyhand_run, virtual_display

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(900),  # three tries, each of which may take TRIES_S
    pytest.mark.skipif(bool(MISSING), reason=f"needs a virtual display: {', '.join(MISSING)} not installed"),
]

LESSON = ("train", "peg_transfer", "--seed", "7")
TRIES_S = 240.0
"""How long the person tries: an unhurried ring takes half a minute where the machine is idle [s]."""


@pytest.mark.slow
@patient
def test_a_mouse_and_three_keys_carry_a_ring_from_its_peg_to_another(tmp_path: Path) -> None:
    with virtual_display() as display, steadyhand_run(display, tmp_path, words=LESSON) as run:
        with person_at(display, run, "Peg transfer") as person:
            carrier = Carrier(person)
            carrier.carry(1, TRIES_S)
            person.do("key", "Escape")
        code = run.wait(END_S + 60.0)
    folder, results = results_of(run)
    assert code == 1, run.said
    assert results["input"] == "mouse"
    assert results["reason"] == "the operator asked for it"
    recording = check_saved(folder, run.said)
    ticks, names = recording.ticks, recording.layout.signals
    check_at_rest_in_the_end(ticks)
    placed = ticks["signals"][:, names.index("placed")]
    assert placed.max() == 1.0
    way = np.linalg.norm(ticks["objects"][-1, :, :2] - ticks["objects"][0, :, :2], axis=1)
    assert np.sum(way > 0.04) == 1, "one ring has gone over to the other side, the others stand where they stood"
    held = ticks["signals"][:, names.index("held")] > 0
    over = np.argmax(way)
    aloft = ticks["objects"][:, over, 2] > 0.012
    assert aloft.any()
    assert held[aloft].all(), "it went through the air between the jaws"
    assert not held[-1]
