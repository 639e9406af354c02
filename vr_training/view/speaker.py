"""Makes cues audible: tones of a few partials, told apart by pitch, direction and rhythm, through SDL's mixer."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import DeviceError
from robotics.quiet import quiet
from vr_training.inputs.library import need
from vr_training.view.cues import Cue

RATE_HZ = 44100
"""Samples a second."""

TONES: dict[Cue, tuple[tuple[float, float], ...]] = {
    Cue.NEXT: ((880.0, 0.09),),
    Cue.DONE: ((659.3, 0.12), (830.6, 0.12), (987.8, 0.28)),
    Cue.LOSS: ((493.9, 0.14), (311.1, 0.26)),
    Cue.FORCE: ((415.3, 0.12),),
    Cue.TOO_MUCH: ((622.3, 0.07), (0.0, 0.03), (622.3, 0.07), (0.0, 0.03), (622.3, 0.07)),
    Cue.STOPPED: ((220.0, 0.5),),
}
"""Each cue's notes: frequency [Hz], 0 for a rest, and duration [s]. Good news rises, bad news falls or repeats."""

_PARTIALS = (1.0, 0.35, 0.12)
_EDGE_S = 0.008  # nothing clicks
_LOUDNESS = 0.25


def wave(cue: Cue) -> Vector:
    """Sound of a cue, shape (n,), within -1..1."""
    notes = []
    for hz, seconds in TONES[cue]:
        t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        edge = np.minimum(np.minimum(t, t[::-1]) / _EDGE_S, 1.0)
        tone = sum(a * np.sin(2.0 * np.pi * (k + 1) * hz * t) for k, a in enumerate(_PARTIALS))
        notes.append(_LOUDNESS * 0.5 * (1.0 - np.cos(np.pi * edge)) * tone)
    return np.concatenate(notes)


class Speaker:
    """Plays cues; ``with`` opens the sound device."""

    def __init__(self) -> None:
        self._mixer: Any = None
        self._sounds: dict[Cue, Any] = {}

    def __enter__(self) -> Speaker:
        """Open the device.

        Raises:
            DeviceError: The library is not installed, or there is no sound device.
        """
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        pygame = need("pygame", "devices", "--sound")
        try:
            with quiet():  # ALSA prints a page where it finds no device
                pygame.mixer.init(RATE_HZ, -16, 2, 512, allowedchanges=0)
        except pygame.error as error:
            raise DeviceError(f"there is no sound: {error}") from error
        self._mixer = pygame.mixer
        self._sounds = {cue: pygame.mixer.Sound(buffer=_pcm(wave(cue)).tobytes()) for cue in Cue}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mixer is not None:
            self._mixer.quit()
            self._mixer, self._sounds = None, {}

    def play(self, cue: Cue) -> None:
        """Begin to play a cue, beside what is playing."""
        self._sounds[cue].play()


def _pcm(x: Vector) -> NDArray[np.int16]:
    """Two channels of 16 bit, shape (n, 2)."""
    return np.repeat(np.round(32767.0 * np.clip(x, -1.0, 1.0)).astype("<i2")[:, None], 2, axis=1)
