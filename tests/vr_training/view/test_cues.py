"""What happens in a session is heard: the right cue at the right moment, and as a sound on a sound device."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from control.tick import State
from robotics.errors import DeviceError
from tests.vr_training.view import view_stage
from vr_training.stream.messages import StateMessage
from vr_training.view.cues import Cue, Cues
from vr_training.view.presenter import Presenter
from vr_training.view.settings import load_view_settings
from vr_training.view.speaker import RATE_HZ, TONES, Speaker, wave

SETTINGS = load_view_settings().overlays
SCENE = replace(view_stage.scene(), signals=(("distance", "m"), ("dropped", "")))
STATE = view_stage.state(view_stage.scene(), 1.0)


def cues() -> Cues:
    return Cues(SCENE, SETTINGS)


def state(time_s: float, force_n: float = 0.0, dropped: float = 0.0, **more: object) -> StateMessage:
    arms = tuple(replace(arm, force_n=force_n) for arm in STATE.arms)
    given = {"state": State.ENGAGED, "success": False, "phase": 0, **more}
    return replace(STATE, time_s=time_s, arms=arms, signals=(0.01, dropped), **given)


def test_each_thing_that_happens_has_its_cue_once() -> None:
    hears = cues()
    told = [
        hears.hear(each)
        for each in (
            state(0.0),
            state(0.1, phase=1),
            state(0.2, phase=1),
            state(0.3, phase=1, dropped=1.0),
            state(0.4, phase=1, dropped=1.0, state=State.SOFT_STOP),
            state(0.5, phase=1, dropped=1.0, state=State.SOFT_STOP),
            state(0.6, phase=2, dropped=1.0, success=True),
        )
    ]
    assert told == [(), (Cue.NEXT,), (), (Cue.LOSS,), (Cue.STOPPED,), (), (Cue.DONE,)]


def test_a_force_sounds_at_once_and_again_as_long_as_it_lasts_and_more_often_the_higher_it_is() -> None:
    def counted(force_n: float) -> list[Cue]:
        hears = cues()
        return [cue for k in range(301) for cue in hears.hear(state(0.01 * k, force_n if k else 0.0))]

    low, warns, full = 0.9 * SETTINGS.force_warn_n, SETTINGS.force_warn_n, SETTINGS.force_full_n
    assert counted(low) == []
    assert set(counted(warns)) == {Cue.FORCE}
    assert set(counted(full)) == {Cue.TOO_MUCH}
    assert len(counted(full)) > 1.5 * len(counted(warns)) > 4.0


def test_a_force_that_grows_is_heard_before_the_last_warning_is_over() -> None:
    hears = cues()
    told = [
        hears.hear(state(t, f)) for t, f in ((0.0, 0.0), (0.01, SETTINGS.force_warn_n), (0.02, SETTINGS.force_full_n))
    ]
    assert told[1:] == [(Cue.FORCE,), (Cue.TOO_MUCH,)]


def test_a_seek_back_and_the_first_state_are_silent() -> None:
    hears = cues()
    assert hears.hear(state(5.0, phase=3, dropped=2.0)) == ()
    assert hears.hear(state(1.0, phase=4, dropped=3.0)) == ()


def test_sounds_are_told_apart_and_never_clip_or_click() -> None:
    for cue in Cue:
        x = wave(cue)
        assert np.abs(x).max() < 0.5
        assert abs(x[0]) < 1e-3
        assert abs(x[-1]) < 1e-3
        assert np.abs(np.diff(x)).max() < 0.15
    assert len({tuple(notes) for notes in TONES.values()}) == len(Cue)


def test_a_cue_comes_out_of_the_sound_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    out = tmp_path / "sound.raw"
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(out))
    with Speaker() as speaker:
        speaker.play(Cue.NEXT)
        time.sleep(0.3)
    heard = np.frombuffer(out.read_bytes(), "<i2").reshape(-1, 2)[:, 0].astype(float)
    loud = np.flatnonzero(np.abs(heard) > 200)
    part = heard[loud[0] : loud[-1]]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 2**17))
    assert np.argmax(spectrum) * RATE_HZ / 2**17 == pytest.approx(TONES[Cue.NEXT][0][0], rel=0.01)


def test_without_a_sound_device_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pygame", reason="pygame-ce is not installed")
    monkeypatch.setenv("SDL_AUDIODRIVER", "nothing_of_the_kind")
    with pytest.raises(DeviceError, match="there is no sound"), Speaker():
        pass
    assert capfd.readouterr().err == ""


def test_a_lessons_own_force_limit_is_what_sounds_and_what_fills_the_gauges() -> None:
    limited = replace(SCENE, force_limit_n=0.5)
    hears = Cues(limited, SETTINGS)
    heard = [hears.hear(state(0.1 * k, force_n)) for k, force_n in enumerate((0.0, 0.2, 0.3, 0.6))]
    assert heard == [(), (), (Cue.FORCE,), (Cue.TOO_MUCH,)]
    assert cues().hear(state(0.0)) == ()
    shown = Presenter(limited, load_view_settings()).overlays.settings
    assert (shown.force_full_n, shown.force_warn_n) == (0.5, 0.25)  # half of it, as of the view's own 2 N
    assert Presenter(SCENE, load_view_settings()).overlays.settings == SETTINGS
