"""Plots of tremor: its spectrum before and after, and a close-up of two seconds."""

from __future__ import annotations

import math

import numpy as np

from vr_training.report.figure import ACCENT, HAND, INK, MUTED, TIP, figure, svg, thin
from vr_training.report.motion_plots import AXES
from vr_training.scoring.causal_bound import CausalBound
from vr_training.scoring.episode import Episode
from vr_training.scoring.spectrum import BAND_HZ, spectra
from vr_training.scoring.tremor_removal import TremorRemoval

_SHOWN_HZ = (1.0, 30.0)
_SLOW_HZ = BAND_HZ[0]  # below it motion counts as meant
_CLOSE_UP_S = 2.0


def spectrum(episode: Episode, shake: TremorRemoval, best: CausalBound | None = None) -> str:
    """Power of hand and tip over frequency, with the least possible; empty where there was too little motion."""
    found = spectra(episode)
    shown = (found.frequency >= _SHOWN_HZ[0]) & (found.frequency <= _SHOWN_HZ[1])
    if not np.any(shown):
        return ""
    x, hand, tip = found.frequency[shown], 1e12 * found.hand[shown], 1e12 * found.tip[shown]
    change = f"{-shake.decibels:+.1f} dB".replace("-", "−")
    with figure(9.0, 3.7) as drawn:
        ax = drawn.subplots()
        ax.axvspan(*BAND_HZ, color=ACCENT, alpha=0.10, lw=0)
        band = (x >= BAND_HZ[0]) & (x <= BAND_HZ[1])
        ax.fill_between(
            x[band], tip[band], hand[band], where=list(hand[band] > tip[band]), color=HAND, alpha=0.22, lw=0
        )
        ax.loglog(x, hand, color=HAND, label="hand, scaled: what an unfiltered arm would do")
        ax.loglog(x, tip, color=TIP, label="tip", lw=1.8)
        if best is not None:
            ax.loglog(
                x, 1e12 * best.spectrum(x), color=INK, lw=1.2, ls=(0, (4, 3)),
                label="least error possible without delay",
            )  # fmt: skip
        ax.set_xlim(*_SHOWN_HZ)
        # Slow voluntary motion is a million times stronger: it may leave the picture at the top.
        top = float(np.concatenate([hand[band], tip[band]]).max())
        ax.set_ylim(max(0.3 * float(tip[band].min()), 1e-5 * top), 60.0 * top)
        ticks = [1, 2, 3, 5, 8, 10, 12, 15, 20, 30]
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        ax.set_xticks([], minor=True)
        ax.set_xlabel("frequency [Hz]")
        ax.set_ylabel("power density [µm²/Hz]")
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
        if math.isfinite(shake.decibels):
            ax.text(1.55, 0.3 * top, "voluntary motion", ha="right", va="center", fontsize=8.5, color=MUTED)
            where = math.sqrt(BAND_HZ[0] * BAND_HZ[1])
            ax.text(where, 22.0 * top, change, ha="center", va="center", fontsize=14,
                    color=INK, weight="bold")  # fmt: skip
            ax.text(where, 6.5 * top, "3 to 15 Hz: tremor", ha="center", va="center", fontsize=8.5, color=MUTED)
        return svg(
            drawn,
            "spectrum",
            "Tremor spectrum before and after",
            f"Power density against frequency of the scaled hand, of the tip, and of the least error that any filter"
            f" without delay could have left. Between 3 and 15 Hz the tip is at {change} of the hand.",
        )


def close_up(episode: Episode) -> str:
    """Two seconds of hand and tip without their slow motion, where the hand moved least; empty where there are none."""
    size = round(_CLOSE_UP_S * episode.rate_hz)
    best, least = None, math.inf
    for part in episode.segments:
        if part.stop - part.start < size:
            continue
        slow = episode.smooth(episode.hand[part], 1.5)
        for start in range(0, len(slow) - size + 1, max(size // 8, 1)):
            moved = float(np.sum(np.linalg.norm(np.diff(slow[start : start + size : 20], axis=0), axis=1)))
            if moved < least:
                best, least = (part, start), moved
    if best is None:
        return ""
    part, start = best
    rotation = episode.setup.operator_from_world
    window = slice(start, start + size)
    time = episode.time[part][window]
    lines = []
    for x in (episode.hand[part], episode.tip[part]):
        lines.append(1e6 * (x - episode.smooth(x, _SLOW_HZ))[window] @ rotation.T)
    reach = 1.15 * max(float(np.abs(line).max()) for line in lines)
    with figure(9.0, 2.8) as drawn:
        for i, ax in enumerate(drawn.subplots(1, 3, sharey=True)):
            ax.plot(*thin(time, lines[0][:, i], 700), color=HAND, lw=1.1, label="hand, scaled")
            ax.plot(*thin(time, lines[1][:, i], 700), color=TIP, lw=1.7, label="tip")
            ax.set_title(AXES[i])
            ax.set_ylim(-reach, reach)
            ax.set_xlabel("time [s]")
            if i == 0:
                ax.set_ylabel("fast motion [µm]")
                drawn.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=2)
        return svg(
            drawn,
            "close-up",
            "Two seconds, close up",
            "Fast motion of the scaled hand and of the tip along the three axes over two seconds in which the hand"
            " moved least.",
        )
