"""H.264 videos of a view, whole on disk or not there at all, played back at the session's own pace."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotics.errors import ArgumentError


class VideoWriter:
    """Writes an MP4 that every browser and player opens; ``with`` makes it, and leaving finishes it.

    The file is written beside its final name and renamed when complete, also when the block is left by Ctrl-C. A
    video without a single frame leaves no file.

    Args:
        path: Where the video goes, ending in ``.mp4``.
        width: Width of its frames, even [px].
        height: Height of its frames, even [px].
        rate_hz: Frames a second.
        quality: Constant rate factor of x264, 0 lossless to 51 worst.

    Raises:
        ArgumentError: An odd width or height.
    """

    def __init__(self, path: Path, width: int, height: int, rate_hz: int = 25, quality: int = 21) -> None:
        if width % 2 or height % 2:
            raise ArgumentError(f"a video of {width} x {height} px cannot be encoded: both must be even")
        self.path, self.width, self.height = Path(path), width, height
        self.rate_hz, self.quality = rate_hz, quality
        self.frames = 0
        self._partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._container: Any = None
        self._stream: Any = None
        self._last: NDArray[np.uint8] | None = None
        self._start_s: float | None = None

    def __enter__(self) -> VideoWriter:
        import av

        self._container = av.open(str(self._partial), "w", format="mp4", options={"movflags": "+faststart"})
        stream = self._container.add_stream("libx264", rate=Fraction(self.rate_hz))
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        stream.options = {"crf": str(self.quality), "preset": "veryfast"}
        stream.codec_context.thread_count = 1  # leaves the other cores to the loop
        # Without these, players guess the colours of small and of large pictures differently.
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        stream.codec_context.color_primaries, stream.codec_context.color_trc = 1, 1
        self._stream = stream
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append one frame, shape (height, width, 3) sRGB."""
        import av

        if picture.shape != (self.height, self.width, 3):
            raise ArgumentError(f"a frame of shape {picture.shape} in a video of {self.height, self.width, 3}")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", interpolation="FAST_BILINEAR")
        frame.pts = self.frames
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        self.frames += 1

    def write_at(self, time_s: float, picture: NDArray[np.uint8]) -> int:
        """Append the picture of a moment, so that the video keeps the session's pace.

        Frames that fell due since the last picture repeat that one; a picture that comes before the next frame is
        due replaces the one that waits.

        Args:
            time_s: Session time of the picture [s]; the first call starts the video.
            picture: Shape (height, width, 3) sRGB.

        Returns:
            How many frames were written.
        """
        if self._start_s is None:
            self._start_s = time_s
        due = int((time_s - self._start_s) * self.rate_hz + 1e-6) + 1
        before = self.frames
        while self.frames < due - 1 and self._last is not None:
            self.write(self._last)
        if self.frames < due:
            self.write(picture)
        self._last = picture.copy()
        return self.frames - before

    def close(self) -> None:
        """Finish the file and put it in its place; harmless when already closed."""
        container, self._container = self._container, None
        if container is None:
            return
        try:
            if self.frames:
                for packet in self._stream.encode():
                    container.mux(packet)
        finally:
            container.close()
        if self.frames:
            os.replace(self._partial, self.path)
        else:
            self._partial.unlink(missing_ok=True)
