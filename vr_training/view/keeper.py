"""What a view keeps of a session: a still at each moment that matters, and a video."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from vr_training.stream.messages import StateMessage
from vr_training.view.still import Album
from vr_training.view.video import VideoWriter

STILLS_FOLDER = "frames"
VIDEO_FILE = "video.mp4"


class Moments:
    """Notices the moments of a session that are worth a picture: start, each change of phase, success, end.

    Args:
        phases: What each phase is called.
    """

    def __init__(self, phases: Sequence[str]) -> None:
        self.phases = tuple(phases)
        self._phase: int | None = None
        self._success = False
        self._ended = False

    def notice(self, phase: int, success: bool, running: bool) -> tuple[str, ...]:
        """Names of the moments that a state brings, in order; empty for most states."""
        names = []
        if self._phase is None:
            names.append("start")
        elif phase != self._phase:
            names.append(self.phases[phase] if 0 <= phase < len(self.phases) else f"phase {phase}")
        if success and not self._success:
            names.append("success")
        if not running and not self._ended:
            names.append("end")
        self._phase, self._success, self._ended = phase, success, not running
        return tuple(names)


class Keeper:
    """Keeps stills and video in a session's folder; ``with`` starts it. The video is begun with the first picture.

    Args:
        folder: The session's folder, or None to keep nothing but what is asked for by name.
        phases: What each phase is called.
        rate_hz: Frames a second in the video.
        quality: Constant rate factor of the video.
        video: Whether to make one.
    """

    def __init__(
        self, folder: Path | None, phases: Sequence[str], rate_hz: int, quality: int, video: bool = True
    ) -> None:
        self.folder = folder
        self.album = Album((folder or Path.cwd()) / STILLS_FOLDER)
        self.video_path: Path | None = None
        self._moments = Moments(phases)
        self._rate_hz, self._quality = rate_hz, quality
        self._wants_video = video and folder is not None
        self._video: VideoWriter | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if self._video is not None and self._video.path.is_file():
            self.video_path = self._video.path
        self._video, self._wants_video = None, False

    def take(self, state: StateMessage, picture: NDArray[np.uint8]) -> tuple[str, ...]:
        """Take the picture of a state: into the video, and as a still where it shows a moment. Returns its names."""
        if self.folder is None:
            return ()
        if self._wants_video:
            self._film(state.time_s, picture)
        names = self._moments.notice(state.phase, state.success, state.running)
        for name in names[-1:]:  # one picture shows all moments of one state
            self.album.add(name, picture)
        return names

    def snap(self, picture: NDArray[np.uint8]) -> Path:
        """Keep a picture because the user asked for it."""
        return self.album.add("picture", picture)

    def _film(self, time_s: float, picture: NDArray[np.uint8]) -> None:
        if self._video is None:
            self.album.folder.parent.mkdir(parents=True, exist_ok=True)
            height, width = picture.shape[:2]
            writer = VideoWriter(self.album.folder.parent / VIDEO_FILE, width, height, self._rate_hz, self._quality)
            self._video = self._stack.enter_context(writer)
        self._video.write_at(time_s, picture)
