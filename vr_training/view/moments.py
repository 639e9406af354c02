"""The moments of a session that are worth a picture."""

from __future__ import annotations

from collections.abc import Sequence


class Moments:
    """Notices the moments of a session that are worth a picture: start, the first time of each phase, success, end.

    A lesson that does the same with one thing after another comes through its phases many times: once is enough.

    Args:
        phases: What each phase is called.
    """

    def __init__(self, phases: Sequence[str]) -> None:
        self.phases = tuple(phases)
        self._phase: int | None = None
        self._seen: set[int] = set()
        self._success = False
        self._ended = False

    def notice(self, phase: int, success: bool, running: bool) -> tuple[str, ...]:
        """Names of the moments that a state brings, in order; empty for most states."""
        names = []
        if self._phase is None:
            names.append("start")
        elif phase not in self._seen:
            names.append(self.phases[phase] if 0 <= phase < len(self.phases) else f"phase {phase}")
        if success and not self._success:
            names.append("success")
        if not running and not self._ended:
            names.append("end")
        self._seen.add(phase)
        self._phase, self._success, self._ended = phase, success, not running
        return tuple(names)
