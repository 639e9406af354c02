"""The report of guided exercise: one page for the therapist and one for the patient, each complete in itself.

May import `vr_training.rehab`, `vr_training.report`, `control` and `robotics`.
"""

from __future__ import annotations

from vr_training.rehab.report.pages import write_reports

__all__ = ["write_reports"]
