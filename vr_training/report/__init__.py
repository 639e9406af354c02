"""The report of a session: one self-contained page with plots.

May import `vr_training.scoring`, `control` and `robotics`.
"""

from __future__ import annotations

from vr_training.report.page import Picture, RunInfo, write_report

__all__ = ["Picture", "RunInfo", "write_report"]
