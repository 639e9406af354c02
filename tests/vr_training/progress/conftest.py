"""Tries made up for tests."""

from __future__ import annotations

from vr_training.records.attempt import Attempt


def attempt(number: int = 0, **changes: object) -> Attempt:
    data: dict[str, object] = {
        "session": f"20260101-1200{number:02d}-peg_transfer",
        "lesson": "peg_transfer",
        "level": 4,
        "person": "p07",
        "input": "mouse",
        "seed": number,
        "success": True,
        "points": 80.0,
        "started": f"2026-01-01T12:00:{number:02d}",
        "filter": "default",
        "rig": "psm_over_board",
        "digest": "ab",
        "measures": {"time": 60.0, "drops": 0.0},
    }
    return Attempt(**{**data, **changes})  # type: ignore[arg-type]
