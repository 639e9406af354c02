"""One person's hands on several arms: mouse and keyboard drive one arm at a time, a key goes on to the next.

Every arm has a hand of its own, with its own place and grip. The one that is not driven rests where it is with its
clutch pressed, so nothing jumps when the person goes on to another arm, or comes back.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from robotics.contracts import Vector
from vr_training.view.events import KEY_SWITCH, Event, KeyChanged, PointerMoved
from vr_training.view.hand_input import HandInput
from vr_training.view.settings import HandSettings


class HandsInput:
    """A `HandInput` for each arm, of which one is driven.

    Args:
        settings: Gains, speeds and smoothing.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.
    """

    def __init__(self, settings: HandSettings, scale: float = 1.0, arms: int = 1, driven: int = 0) -> None:
        self.hands = tuple(HandInput(settings, scale) for _ in range(arms))
        self.driven = min(driven, arms - 1)

    @property
    def engaged(self) -> bool:
        """Whether a hand drives an arm; the clutch of each is pressed while none does."""
        return self.hands[self.driven].engaged

    def look(self, R_operator_view: ArrayLike, metres_per_pixel: float, to_guide: ArrayLike = (0.0, 0.0, 0.0)) -> None:
        """Say how the picture lies in the operator's frame; see `HandInput.look`. The guide is the driven hand's."""
        for i, hand in enumerate(self.hands):
            hand.look(R_operator_view, metres_per_pixel, to_guide if i == self.driven else (0.0, 0.0, 0.0))

    def release(self) -> None:
        """Let go of everything."""
        for hand in self.hands:
            hand.release()

    def switch(self) -> None:
        """Let go of the arm and go on to the next one, which is taken by a fresh press."""
        self.release()
        self.driven = (self.driven + 1) % len(self.hands)

    def handle(self, event: Event) -> None:
        """Take one event of the window."""
        if isinstance(event, KeyChanged) and event.code == KEY_SWITCH:
            if event.pressed and len(self.hands) > 1:
                self.switch()
        elif isinstance(event, PointerMoved):  # all keep track of the pointer; the driven hand alone is moved by it
            for hand in self.hands:
                hand.handle(event)
        else:
            self.hands[self.driven].handle(event)

    def advance(self, dt: float) -> list[tuple[Vector, float, bool]]:
        """Let time pass [s]; pose, grip and clutch of each arm's hand, see `HandInput.advance`."""
        return [hand.advance(dt) for hand in self.hands]
