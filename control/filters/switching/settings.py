"""Settings of the switching filter, and which of them a search may turn."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config

Hertz = Annotated[float, Meta(ge=2.5, le=20.0)]
Persistence = Annotated[float, Meta(gt=0.02, le=100)]
Forgetting = Annotated[float, Meta(ge=0.01, le=1e4)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a switching filter.

    Attributes:
        lowest_hz, highest_hz: Band in which the tremor is looked for [Hz].
        linewidth: Width at half power of the tremor's strongest line, and of the next, over its frequency.
        strength: Power that the tremor is taken to have over what the monitor hears: more takes away more tremor, and
            more of the motion with it.
        fainter: The same of a faint tremor over that of a strong one.
        faint_um: Root mean square of an axis at which a tremor is faint, and at which it is strong; between them the
            strength goes with the logarithm [um].
        listening_s: Time over which the monitor judges the tremor [s].
        sharing_s: Time over which it is learnt how the axes tremble together [s].
        densities: Least and greatest density of white jerk that the hand may have [um^2/s^6/Hz].
        filters: Number of filters between them, of each kind of hand.
        persistence_s: Mean time for which a hand is of one kind, and for which it keeps its vigour [s].
        forgetting_s: Times in which the velocity and the acceleration of a hand forget, for each kind of it [s].
        noise_um: Least noise of the hand's sensor in a millisecond's mean [um].
        settle_s: Time from the start until which the motion passes as it is; then the filter fades in [s].
        faintest_um: Tremor under which it says that there is none, root mean square of an axis [um].
        limit_mm: Largest correction of an axis [mm].
        limit_rms: The same over the tremor's root mean square.
        ease_ms: Time in which the output eases into what a sample taught; what is foreseen is not delayed. Half of it
            makes the commanded acceleration half as rough again, twice of it costs 0.2 dB [ms].
        lag_ms: Fixed lag by which the output may be late [ms].
    """

    kind: str
    title: str = ""
    lowest_hz: Hertz
    highest_hz: Hertz
    linewidth: tuple[Annotated[float, Meta(gt=0, le=1)], Annotated[float, Meta(gt=0, le=1)]]
    strength: Annotated[float, Meta(gt=0, le=100)]
    listening_s: Annotated[float, Meta(ge=0.2, le=30)]
    sharing_s: Annotated[float, Meta(ge=0.2, le=30)]
    densities: tuple[Annotated[float, Meta(gt=0)], Annotated[float, Meta(gt=0)]]
    filters: Annotated[int, Meta(ge=1, le=12)]
    persistence_s: tuple[Persistence, Persistence]
    forgetting_s: Annotated[tuple[tuple[Forgetting, Forgetting], ...], Meta(min_length=1, max_length=4)]
    noise_um: Annotated[float, Meta(gt=0, le=1000)]
    settle_s: Annotated[float, Meta(ge=0.2, le=10)]
    faintest_um: Annotated[float, Meta(ge=0, le=1000)]
    limit_mm: Annotated[float, Meta(gt=0, le=100)]
    limit_rms: Annotated[float, Meta(ge=1, le=20)]
    ease_ms: Annotated[float, Meta(gt=0, le=50)]
    lag_ms: Annotated[float, Meta(ge=0, le=50)] = 0.0
    fainter: Annotated[float, Meta(gt=0, le=10)] = 1.0
    faint_um: tuple[Annotated[float, Meta(gt=0)], Annotated[float, Meta(gt=0)]] = (30.0, 200.0)


TUNABLE = {
    "strength": (0.3, 5.0, True),
    "linewidth.0": (0.05, 0.5, True),
    "persistence_s.1": (0.05, 5.0, True),
    "forgetting_s.1.1": (0.02, 2.0, True),
    "lowest_hz": (3.0, 7.0, True),
    "listening_s": (1.0, 10.0, True),
    "linewidth.1": (0.05, 0.5, True),
    "ease_ms": (0.5, 8.0, True),
}
"""What a search may turn, see `control.tremor.dials`: the hand, its tremor and the easing, never the bounds."""
