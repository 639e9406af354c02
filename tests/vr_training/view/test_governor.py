from __future__ import annotations

from vr_training.view.governor import PATIENCE, Governor


def settle(governor: Governor, live_s: float, fast_s: float, frames: int = 400) -> tuple[str, int]:
    """Run with what frames of each quality take; the final quality and how often it changed."""
    changes, before = 0, governor.quality
    for _ in range(frames):
        after = governor.frame(live_s if governor.quality == "live" else fast_s)
        changes += after != before
        before = after
    return governor.quality, changes


def test_shadows_go_when_frames_take_too_long_and_stay_away() -> None:
    assert settle(Governor(0.040), live_s=0.060, fast_s=0.030) == ("fast", 1)


def test_shadows_come_back_when_there_is_time_again() -> None:
    governor = Governor(0.040)
    settle(governor, live_s=0.060, fast_s=0.030)
    assert settle(governor, live_s=0.020, fast_s=0.010) == ("live", 1)


def test_a_single_slow_frame_changes_nothing() -> None:
    governor = Governor(0.040)
    for i in range(5 * PATIENCE):
        assert governor.frame(0.150 if i % (2 * PATIENCE) == PATIENCE else 0.020) == "live"
