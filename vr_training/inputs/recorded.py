"""A recorded hand: its tremor under a lesson's voluntary motion, or the whole motion as it was."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np

from control.tremor.displacement import loop, tremor, whole
from control.tremor.generated import AXES
from control.tremor.motion_file import ReadingOptions, read_motion
from robotics.contracts import HandPose, OperatorView, Vector
from robotics.errors import ArgumentError

Use = Literal["tremor", "motion"]
USES: tuple[Use, ...] = ("tremor", "motion")
"""What of a recording may be used: its tremor band, or the whole of it."""

GRASP_S = 0.6
"""How long a recorded hand rests with the clutch pressed before it plays: an arm follows only then [s]."""


class RecordedMotion:
    """A recording as an endless hand motion at the control rate.

    Args:
        path: The file; read at once, so that a bad one is refused before anything starts.
        use: ``"tremor"`` for the tremor band alone, ``"motion"`` for the whole motion.
        options: What is known about the file; the rest is guessed.
        gain: Factor on the recorded amplitude.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It cannot be used as a hand's motion.
        ArgumentError: ``use`` or ``gain`` is out of range.
    """

    def __init__(
        self, path: Path | str, use: Use = "tremor", options: ReadingOptions | None = None, gain: float = 1.0
    ) -> None:
        if use not in USES:
            raise ArgumentError(f"use '{use}' is unknown; choose one of: {', '.join(USES)}")
        if not 0.0 < gain <= 100.0:
            raise ArgumentError(f"a gain of {gain:g} is outside of 0 to 100")
        self.file = read_motion(path, options)
        self.use: Use = use
        self.gain = gain
        self._time, x = tremor(self.file) if use == "tremor" else whole(self.file)
        self._x = gain * x
        self._round = np.zeros((1, AXES))
        self._next = 0
        self._hand = HandPose(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0, False, 0.0, True)

    @property
    def rms(self) -> Vector:
        """Root mean square of each axis about its mean, shape (3,) [m]."""
        return np.asarray(self._x.std(axis=0))

    def describe(self) -> str:
        """What the recording is and how it was read, guesses included."""
        sizes = " x ".join(f"{um:.0f}" if um >= 100.0 else f"{um:.3g}" for um in 1e6 * self.rms)
        what = "recorded tremor, 3 to 15 Hz" if self.use == "tremor" else "recorded motion"
        scaled = "" if self.gain == 1.0 else f", amplitude times {self.gain:g}"
        return (
            f"{what} of {self.file.path.name}{scaled}: {sizes} µm rms over {self._time[-1]:.1f} s"
            f" ({'; '.join(self.file.notes)})"
        )

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh with one sample every ``dt`` [s]; tremor starts at a point of the loop drawn from ``rng``."""
        x = loop(self._time, self._x, dt, keep_power=self.use == "tremor")
        self._round = np.zeros((len(x), AXES))
        self._round[:, :3] = x
        self._next = int(rng.integers(len(x))) if self.use == "tremor" else 0

    def sample(self) -> Vector:
        """The next displacement and rotation of the hand, shape (6,) [m, rad]."""
        row: Vector = self._round[self._next]
        self._next = (self._next + 1) % len(self._round)
        return row


class RecordedTremor(RecordedMotion):
    """The tremor of a recording, as a `control.tremor.generated.TremorSource`."""

    def __init__(self, path: Path | str, options: ReadingOptions | None = None, gain: float = 1.0) -> None:
        super().__init__(path, "tremor", options, gain)

    def read(self) -> Vector:
        """The next sample, shape (6,) [m, rad]."""
        return self.sample()


class RecordedHand(RecordedMotion):
    """A whole recorded motion as an operator's hand that looks at nothing.

    It takes the handles as any hand does: at rest where the recording begins, with the clutch pressed; then it plays.
    """

    def __init__(self, path: Path | str, options: ReadingOptions | None = None, gain: float = 1.0) -> None:
        super().__init__(path, "motion", options, gain)
        self._rests = 0

    def __enter__(self) -> RecordedHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh with one sample every ``dt`` [s], at rest with the clutch pressed."""
        super().reset(rng, dt)
        self._rests = round(GRASP_S / dt)
        self._hand.pose[:3] = self._round[0, :3]

    def feedback(self, view: OperatorView) -> None:
        """A recording does not look."""

    def read(self) -> HandPose:
        """The next hand pose; its orientation does not change."""
        self._hand.clutch = self._rests > 0
        if self._hand.clutch:
            self._rests -= 1
        else:
            self._hand.pose[:3] = self.sample()[:3]
        return self._hand
