from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from robotics.errors import ArgumentError, DeviceError
from vr_training.view import probe
from vr_training.view.contracts import Camera, Frame
from vr_training.view.software import SoftwareRenderer


class Frozen:
    """A driver that returns the same picture for ever."""

    name = "frozen"

    def __init__(self, colour: np.ndarray) -> None:
        self.colour = colour

    def load(self, scene: object) -> None: ...

    def render(self, poses: object, camera: Camera) -> Frame:
        return Frame(self.colour, np.ones((480, 640), np.float32))

    def close(self) -> None: ...


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_try_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, time, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    found = probe.attempt(python(code), 3.0)
    assert not found.works
    assert "within 3 s" in found.reason
    grandchild = int(note.read_text())
    for _ in range(50):
        if not _runs(grandchild):
            break
        time.sleep(0.1)
    assert not _runs(grandchild)


def test_a_try_that_crashes_counts_as_not_working() -> None:
    found = probe.attempt(python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"), 10.0)
    assert not found.works
    assert "signal 11" in found.reason


def test_a_try_that_says_nonsense_counts_as_not_working() -> None:
    assert not probe.attempt(python("print('fine!')"), 10.0).works
    assert not probe.attempt(python("pass"), 10.0).works


def test_empty_and_frozen_pictures_are_found_out() -> None:
    assert "empty" in probe.judge(Frozen(np.full((480, 640, 3), 90, np.uint8))).reason
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    assert "does not differ" in probe.judge(Frozen(noise)).reason


def test_the_software_renderer_stands_the_same_trial() -> None:
    assert probe.judge(SoftwareRenderer("fast", 1), least_fps=0.1).works


def test_a_host_without_a_card_draws_in_software_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "has_graphics_device", lambda: False)
    assert probe.choose_renderer().name == "software"
    with pytest.raises(DeviceError, match="no graphics device"):
        probe.choose_renderer("filament")
    with pytest.raises(ArgumentError, match="auto, software, filament"):
        probe.choose_renderer("opengl")  # type: ignore[arg-type]


def test_a_verdict_is_kept_for_this_host_until_a_fresh_one_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tries: list[float] = []

    def attempt(command: object, limit_s: float) -> probe.Verdict:
        tries.append(limit_s)
        return probe.Verdict(False, 0.0, "no")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(probe, "has_graphics_device", lambda: True)
    monkeypatch.setattr(probe, "attempt", attempt)
    assert probe.verdict("filament", 5.0) == probe.verdict("filament", 5.0)
    assert tries == [5.0]
    probe.verdict("filament", 7.0, fresh=True)
    assert tries == [5.0, 7.0]
    probe.cache_file("filament").write_text("not json")
    probe.verdict("filament", 8.0)
    assert tries == [5.0, 7.0, 8.0]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
