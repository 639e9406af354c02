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

from robotics.errors import ArgumentError
from vr_training.records.reader import Recording
from vr_training.stream.messages import StateMessage
from vr_training.view.app import render_process
from vr_training.view.clip import Clip
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


@dataclass(frozen=True)
class Look:
    """Through which eyes a recording is filmed.

    Attributes:
        stereo: How two eyes come together; one eye where ``"off"``.
        camera: Name of the camera; the scene's first where empty.
        inset: Name of a second camera, shown small in the picture; none where empty.
        clip: What a real camera saw, to show the recording over; None for none.
    """

    stereo: StereoLayout = "off"
    camera: str = ""
    inset: str = ""
    clip: Clip | None = None


@dataclass(frozen=True)
class Span:
    """Which part of a recording is filmed, and how fast it goes.

    Attributes:
        start_s: Session time of the first picture [s].
        stop_s: Of the last one [s].
        speed: Seconds of the recording per second of the video.
    """

    start_s: float = 0.0
    stop_s: float = math.inf
    speed: float = 1.0

    def times(self, reel: Reel, rate_hz: int) -> list[float]:
        """Times of the video's frames; its last one shows the end.

        Raises:
            ArgumentError: A speed that is not above 0, or a part that holds nothing.
        """
        if not self.speed > 0.0:
            raise ArgumentError(f"speed is {self.speed:g}; it must be above 0")
        start, stop = max(self.start_s, reel.start_s), min(self.stop_s, reel.stop_s)
        if not start < stop:
            raise ArgumentError(
                f"nothing lies between {self.start_s:g} and {self.stop_s:g} s: "
                f"the recording goes from {reel.start_s:.1f} to {reel.stop_s:.1f} s"
            )
        step = self.speed / rate_hz
        return [min(start + k * step, stop) for k in range(math.ceil((stop - start) / step) + 1)]


def film(
    recording: Recording,
    settings: ViewSettings,
    path: Path,
    look: Look | None = None,
    span: Span | None = None,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Make a video of a recording, whole or not at all.

    Args:
        recording: What to film.
        settings: Sizes and looks.
        path: Where the video goes, ending in ``.mp4``.
        look: Through which eyes.
        span: Which part, and how fast.
        progress: Told the share that is done, 0 to 1.

    Returns:
        Number of its frames.

    Raises:
        InputFileError: The recording holds nothing to show.
        ArgumentError: ``span`` names nothing of it.
        DeviceError: The renderer failed.
    """
    look, reel = look or Look(), Reel(recording.scene, recording.ticks)
    times = (span or Span()).times(reel, settings.video_rate_hz)
    presenter = Presenter(recording.scene, settings, look.stereo, look.camera, look.inset, look.clip)
    warm_up()
    with ExitStack() as stack:
        process = stack.enter_context(render_process(recording.scene, presenter, yields=False))
        jobs = [(t, "live") for t in times]
        writer = stack.enter_context(_writer(path, presenter, settings))
        for done, picture in enumerate(_pictures(reel, presenter, process, jobs), 1):
            writer.write(picture)
            if progress is not None:
                progress(done / len(jobs))
    return len(jobs)


def picture(recording: Recording, settings: ViewSettings, time_s: float, look: Look | None = None) -> NDArray[np.uint8]:
    """A careful picture of one moment of a recording, shape (height, width, 3) sRGB; raises like `film`."""
    look, reel = look or Look(), Reel(recording.scene, recording.ticks)
    presenter = Presenter(recording.scene, settings, look.stereo, look.camera, look.inset, look.clip)
    warm_up()
    with render_process(recording.scene, presenter, yields=False) as process:
        (made,) = _pictures(reel, presenter, process, [(time_s, "still")])
    return made


def _writer(path: Path, presenter: Presenter, settings: ViewSettings) -> VideoWriter:
    width, height = presenter.size
    return VideoWriter(path, width, height, settings.video_rate_hz, settings.video_quality)


def render_recording(
    recording: Recording,
    settings: ViewSettings,
    folder: Path,
    *,
    video: bool = True,
    look: Look | None = None,
    progress: Callable[[float], None] | None = None,
) -> Pictures:
    """Render a recording off-screen: a careful still of every moment that matters, and a video at the session's pace.

    Args:
        recording: What to render.
        settings: Sizes and looks.
        folder: Where ``frames/`` and ``video.mp4`` go.
        video: Whether to make the video.
        look: Through which eyes.
        progress: Told the share that is done, 0 to 1.

    Raises:
        InputFileError: The recording holds nothing to show.
        DeviceError: The renderer failed.
    """
    look, reel = look or Look(), Reel(recording.scene, recording.ticks)
    presenter = Presenter(recording.scene, settings, look.stereo, look.camera, look.inset, look.clip)
    warm_up()
    album = Album(folder / STILLS_FOLDER)
    moments = _moments(reel)
    frames = Span().times(reel, settings.video_rate_hz) if video else []
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
            with _writer(path, presenter, settings) as writer:
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


def _pictures(
    reel: Reel, presenter: Presenter, process: RenderProcess, jobs: list[tuple[float, str]]
) -> Iterator[NDArray[np.uint8]]:
    """Finished pictures of moments in order; the process renders the next one while this one draws over and encodes."""
    while not process.ready:
        time.sleep(0.01)
    at = jobs[0][0] if jobs else reel.start_s
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
