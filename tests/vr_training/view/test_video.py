import av
import numpy as np
import pytest

from robotics.errors import ArgumentError
from vr_training.view.moments import Moments
from vr_training.view.still import Album
from vr_training.view.video import VideoWriter


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return stream, frames


def plain(value, width=320, height=240):
    return np.full((height, width, 3), value, np.uint8)


def test_a_video_is_h264_in_yuv420p_and_shows_the_pictures_it_was_given(tmp_path):
    path = tmp_path / "a.mp4"
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]
    with VideoWriter(path, 320, 240, 25) as video:
        for colour in colours:
            for _ in range(5):
                video.write(np.broadcast_to(np.array(colour, np.uint8), (240, 320, 3)))
    stream, frames = decoded(path)
    assert stream.codec_context.name == "h264"
    assert stream.codec_context.pix_fmt == "yuv420p"
    assert float(stream.average_rate) == 25.0
    assert len(frames) == 15
    for k, colour in enumerate(colours):
        np.testing.assert_allclose(frames[5 * k + 2].mean(axis=(0, 1)), colour, atol=8)


def test_frames_follow_the_session_s_clock_whatever_the_rendering_does(tmp_path):
    path = tmp_path / "a.mp4"
    times = [10.0, 10.01, 10.02, 10.3, 10.31, 11.0]  # dense, a gap, dense, a longer gap
    with VideoWriter(path, 320, 240, 25) as video:
        for k, t in enumerate(times):
            video.write_at(t, plain(40 * k))
    _, frames = decoded(path)
    assert len(frames) == 26
    shown = [round(float(frame.mean()) / 40) for frame in frames]
    assert shown == sorted(shown)
    assert shown[:8] == [0] + [2] * 6 + [3]
    assert shown[-1] == 5


def test_a_video_that_is_interrupted_is_whole_up_to_there_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.mp4"

    def film():
        with VideoWriter(path, 320, 240, 25) as video:
            for k in range(7):
                video.write(plain(30 * k))
            assert not path.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film()
    assert len(decoded(path)[1]) == 7
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


def test_a_video_without_frames_leaves_no_file(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", 320, 240):
        pass
    assert not list(tmp_path.iterdir())


def test_odd_sizes_and_frames_of_another_size_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="even"):
        VideoWriter(tmp_path / "a.mp4", 321, 240)
    with VideoWriter(tmp_path / "a.mp4", 320, 240) as video, pytest.raises(ArgumentError, match="shape"):
        video.write(plain(0, 160, 120))


def test_moments_are_start_each_change_of_phase_success_and_end_once_each():
    moments = Moments(("approach", "touch"))
    seen = []
    for state in (
        (0, False, True),
        (0, False, True),
        (1, False, True),
        (1, True, True),
        (1, True, True),
        (1, True, False),
    ):
        seen.append(moments.notice(*state))
    assert seen == [("start",), (), ("touch",), ("success",), (), ("end",)]


def test_stills_are_numbered_and_named_and_never_half_written(tmp_path):
    album = Album(tmp_path / "frames")
    album.add("Start", plain(1))
    album.add("Needle/../touch!", plain(2))
    assert [path.name for path in album.paths] == ["01_start.png", "02_needle_touch.png"]
    assert sorted(entry.name for entry in album.folder.iterdir()) == ["01_start.png", "02_needle_touch.png"]
