"""Careful pictures and a video of a recorded session, rendered off-screen after the run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vr_training.records.reader import Recording
from vr_training.stream.messages import StateMessage
from vr_training.view.app import render_process
from vr_training.view.contracts import Camera
from vr_training.view.lines import warm_up
from vr_training.view.moments import Moments
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.reel import Reel, replay_info
from vr_training.view.render_process import RenderProcess
from vr_training.view.settings import StereoLayout, ViewSettings
from vr_training.view.still import STILLS_FOLDER, Album
from vr_training.view.video import VideoWriter

STILL_COST = 40
"""A careful still takes about as long as this many frames of the video."""
VIDEO_FILE = "video.mp4"


@dataclass(frozen=True)
class Pictures:
    """What was made of a recording.

    Attributes:
        stills: Paths of the stills, in order.
        video: Path of the video; None where none was asked for.
    """

    stills: tuple[Path, ...]
    video: Path | None


def render_recording(
    recording: Recording,
    settings: ViewSettings,
    folder: Path,
    *,
    video: bool = True,
    stereo: StereoLayout = "off",
    camera: str = "",
    progress: Callable[[float], None] | None = None,
) -> Pictures:
    """Render a recording off-screen: a careful still of every moment that matters, and a video at the session's pace.

    Args:
        recording: What to render.
        settings: Sizes and looks.
        folder: Where ``frames/`` and ``video.mp4`` go.
        video: Whether to make the video.
        stereo: Two eyes side by side.
        camera: Name of the camera; the scene's first where empty.
        progress: Told the share that is done, 0 to 1.

    Raises:
        InputFileError: The recording holds nothing to show.
        DeviceError: The renderer failed.
    """
    reel = Reel(recording.scene, recording.ticks)
    presenter = Presenter(recording.scene, settings, stereo, camera)
    warm_up()
    album = Album(folder / STILLS_FOLDER)
    moments = _moments(reel)
    frames = _frame_times(reel, settings.video_rate_hz) if video else []
    total = len(frames) + STILL_COST * len(moments)
    done = 0

    def tell(amount: int) -> None:
        nonlocal done
        done += amount
        if progress is not None:
            progress(min(done / max(total, 1), 1.0))

    with ExitStack() as stack:
        process = stack.enter_context(render_process(recording.scene, presenter, yields=False))
        made = _pictures(reel, presenter, process, [(t, "still") for t, _ in moments])
        for (_, name), picture in zip(moments, made, strict=True):
            album.add(name, picture)
            tell(STILL_COST)
        path = folder / VIDEO_FILE if video else None
        if path is not None:
            width, height = presenter.size
            writer = VideoWriter(path, width, height, settings.video_rate_hz, settings.video_quality)
            with writer:
                jobs = [(t, "live") for t in frames]
                for picture in _pictures(reel, presenter, process, jobs):
                    writer.write(picture)
                    tell(1)
    return Pictures(tuple(album.paths), path)


def _moments(reel: Reel) -> list[tuple[float, str]]:
    """Time and name of each moment worth a still."""
    ticks, found = reel.ticks, []
    moments = Moments(reel.scene.phases)
    changes = (np.diff(ticks["phase"]) != 0) | (np.diff(ticks["success"]) != 0)
    for index in sorted({0, *(np.flatnonzero(changes) + 1).tolist(), len(ticks) - 1}):
        tick = ticks[index]
        names = moments.notice(int(tick["phase"]), bool(tick["success"]), index < len(ticks) - 1)
        found += [(float(tick["time"]), name) for name in names[-1:]]
    return found


def _frame_times(reel: Reel, rate_hz: int) -> list[float]:
    """Times of the video's frames; its last one shows the end."""
    count = math.ceil((reel.stop_s - reel.start_s) * rate_hz) + 1
    return [min(reel.start_s + k / rate_hz, reel.stop_s) for k in range(count)]


def _pictures(
    reel: Reel, presenter: Presenter, process: RenderProcess, jobs: list[tuple[float, str]]
) -> Iterator[NDArray[np.uint8]]:
    """Finished pictures of moments in order; the process renders the next one while this one draws over and encodes."""
    while not process.ready:
        time.sleep(0.01)
    at = reel.start_s
    reel.rewind(presenter, at)
    states = [reel.state(reel.index(time_s)) for time_s, _ in jobs[:1]]
    for k, (time_s, quality) in enumerate(jobs):
        state = states.pop()
        if k == 0:
            cameras = _looking(presenter, state)
            process.submit(poses_of(reel.scene, state), cameras, quality, state.deformables)
        frames = None
        while frames is None:
            frames = process.collect(0.5)
        if k + 1 < len(jobs):
            next_s, next_quality = jobs[k + 1]
            states.append(reel.state(reel.index(next_s)))
            shown, cameras = cameras, _looking(presenter, states[-1])
            process.submit(poses_of(reel.scene, states[-1]), cameras, next_quality, states[-1].deformables)
        else:
            shown = cameras
        reel.follow(presenter, at, time_s)
        at = time_s
        yield presenter.compose(frames, shown, state, replay_info(presenter, process.name, "RECORDED"))


def _looking(presenter: Presenter, state: StateMessage) -> tuple[Camera, ...]:
    """The cameras as they are in a state."""
    presenter.look(state)
    return presenter.cameras()
