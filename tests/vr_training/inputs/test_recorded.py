import numpy as np
import pytest

from control.tremor.motion_file import ReadingOptions, read_motion
from control.tremor.real import RECORDINGS_ENV, own_recordings
from robotics.errors import ArgumentError, InputFileError, MissingFileError, SteadyhandError
from vr_training.inputs.recorded import RecordedHand, RecordedTremor

G = 9.80665
REAL = own_recordings()


def clock(rate=100.0, seconds=20.0, jitter=0.0):
    t = np.arange(round(rate * seconds)) / rate
    return t + jitter / rate * np.random.default_rng(0).uniform(-1.0, 1.0, t.size)


def shake(t, amplitude=1e-3, hertz=8.0):
    """Displacement and acceleration of a sine, each (n,)."""
    w = 2.0 * np.pi * hertz
    return amplitude * np.sin(w * t), -amplitude * w**2 * np.sin(w * t)


def write(path, columns, header="", delimiter=",", form="%.12g"):
    np.savetxt(path, np.column_stack(columns), delimiter=delimiter, header=header, comments="", fmt=form)
    return path


def phone(path, t, acceleration, unit=1.0, label=True):
    """A log as phones make them: nanoseconds, gravity included, no header."""
    columns = [
        np.round(1e9 * t) + 1.2e15,
        (acceleration + 1.0) / unit,
        (9.7 + 0.01 * np.cos(t)) / unit,
        0.1 * np.sin(t) / unit,
    ]
    return write(path, [*columns, 3 + 0 * t] if label else columns, form="%.17g")


def amplitude(source):
    return np.sqrt(2.0) * source.rms


@pytest.mark.parametrize(("rate", "jitter"), [(100.0, 0.0), (100.0, 0.15), (55.0, 0.2), (200.0, 0.0), (1000.0, 0.3)])
def test_a_millimetre_of_shaking_comes_out_of_its_acceleration(tmp_path, rate, jitter):
    t = clock(rate, jitter=jitter)
    source = RecordedTremor(phone(tmp_path / "a.csv", t, shake(t)[1]))
    assert amplitude(source)[0] == pytest.approx(1e-3, rel=0.02)
    assert amplitude(source)[1:].max() < 1e-5


@pytest.mark.parametrize("hertz", [4.0, 8.0, 12.0])
def test_tremor_is_kept_over_the_whole_band_and_in_phase(tmp_path, hertz):
    t = clock(200.0)
    x, a = shake(t, hertz=hertz)
    source = RecordedTremor(phone(tmp_path / "a.csv", t, a))
    source.reset(np.random.default_rng(0), 1e-3)
    assert amplitude(source)[0] == pytest.approx(1e-3, rel=0.02)
    # The middle of the recording, taken out of the loop: displacement, sign and all.
    from control.tremor.displacement import TAPER_S, tremor

    time, y = tremor(source.file)
    middle = slice(len(time) // 3, 2 * len(time) // 3)
    np.testing.assert_allclose(y[middle, 0], np.interp(time[middle] + TAPER_S, t, x), atol=3e-5)


def test_slow_motion_and_drift_are_no_tremor(tmp_path):
    t = clock()
    slow = 0.05 * np.sin(2.0 * np.pi * 0.5 * t)
    source = RecordedTremor(write(tmp_path / "p.csv", [t, slow, 0 * t, 0.1 * t], "t,x,y,z"))
    assert amplitude(source).max() < 1e-4


def test_positions_give_their_tremor(tmp_path):
    t = clock(200.0)
    x = 0.03 * np.sin(2.0 * np.pi * 0.4 * t) + shake(t)[0]
    source = RecordedTremor(write(tmp_path / "p.csv", [t, 1e3 * x], "time_s,x_mm"))
    assert amplitude(source)[0] == pytest.approx(1e-3, rel=0.02)
    assert "positions in mm (by the header)" in source.describe()


def test_a_whole_motion_is_replayed_as_it_was(tmp_path):
    t = clock(200.0)
    x = 0.03 * np.sin(2.0 * np.pi * 0.4 * t)
    hand = RecordedHand(write(tmp_path / "p.csv", [t, x, 0 * t, 2.0 * x], "t,x_m,y_m,z_m"))
    hand.reset(np.random.default_rng(0), 1e-3)
    while hand.read().clutch:
        pass
    # The first second is the cross-fade from the end of the loop.
    poses = np.array([hand.read().pose.copy() for _ in range(10_000)])
    times = np.arange(1, 10_001) * 1e-3
    np.testing.assert_allclose(poses[1000:, 0], 0.03 * np.sin(2.0 * np.pi * 0.4 * times[1000:]), atol=1e-6)
    np.testing.assert_array_equal(poses[:, 3:], np.tile([1.0, 0.0, 0.0, 0.0], (10_000, 1)))


@pytest.mark.parametrize("kind", [RecordedTremor, RecordedHand])
def test_the_loop_has_no_seam(tmp_path, kind):
    t = clock(200.0, seconds=6.3)
    x = 0.02 * np.sin(2.0 * np.pi * 0.37 * t) + shake(t, hertz=7.3)[0]
    source = kind(write(tmp_path / "p.csv", [t, x], "t,x_m"))
    source.reset(np.random.default_rng(0), 1e-3)
    samples = np.array([source.sample()[0] for _ in range(20_000)])
    speed = np.abs(np.diff(samples))
    # Nothing anywhere in three rounds is faster than the motion itself and its cross-fade can be.
    assert speed.max() < 2.0 * 1e-3 * (0.02 * 2 * np.pi * 0.37 + 1e-3 * 2 * np.pi * 7.3 + 0.04 * 1.875)
    assert np.abs(np.diff(samples, 2)).max() < 2.5 * 1e-6 * 1e-3 * (2 * np.pi * 7.3) ** 2 + 2e-7


def test_a_gain_scales_the_tremor(tmp_path):
    t = clock()
    path = phone(tmp_path / "a.csv", t, shake(t)[1])
    np.testing.assert_allclose(RecordedTremor(path, gain=0.5).rms, 0.5 * RecordedTremor(path).rms)
    with pytest.raises(ArgumentError, match="gain of 0 is outside"):
        RecordedTremor(path, gain=0.0)


@pytest.mark.parametrize(("unit", "said"), [(1.0, "m/s2"), (G, "g"), (G / 1000.0, "mg")])
def test_units_of_acceleration_are_told_by_gravity(tmp_path, unit, said):
    t = clock()
    source = RecordedTremor(phone(tmp_path / "a.csv", t, shake(t, 2e-4)[1], unit))
    assert f"accelerations in {said}, gravity included" in source.describe()
    assert amplitude(source)[0] == pytest.approx(2e-4, rel=0.02)


def test_accelerations_without_gravity_are_told_by_their_speed(tmp_path):
    t = clock()
    source = RecordedTremor(write(tmp_path / "a.csv", [t, shake(t, 2e-4)[1], shake(t, 1e-4)[1], 0 * t + 1e-9 * t]))
    assert "gravity removed" in source.describe()
    assert amplitude(source)[0] == pytest.approx(2e-4, rel=0.02)


@pytest.mark.parametrize("unit", ["m", "mm", "um"])
def test_units_of_position_are_told_by_the_size_of_tremor(tmp_path, unit):
    t = clock()
    x = (0.03 * np.sin(2.0 * np.pi * 0.4 * t) + shake(t, 2e-4)[0]) / {"m": 1.0, "mm": 1e-3, "um": 1e-6}[unit]
    source = RecordedTremor(write(tmp_path / "p.csv", [t, x, 0.5 * x, -x]))
    assert f"positions in {unit} (guessed" in source.describe()
    assert amplitude(source)[0] == pytest.approx(2e-4, rel=0.02)


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
@pytest.mark.parametrize("epoch", [0.0, 1.7e9])
def test_units_of_time_are_told_by_its_steps(tmp_path, unit, factor, epoch):
    t = clock()
    path = write(tmp_path / "a.csv", [factor * (epoch + t), shake(t)[1] + G, 0 * t + 0.01 * t, 0.1 * t], form="%.17g")
    recording = read_motion(path)
    assert f"time in {unit} (guessed" in " ".join(recording.notes)
    assert recording.rate_hz == pytest.approx(100.0, rel=0.01)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "|"])
def test_any_usual_delimiter_is_read(tmp_path, delimiter):
    t = clock()
    path = write(tmp_path / "a.csv", [t, shake(t)[1] + 1.0, 0 * t + G, 0.1 * t], delimiter=delimiter)
    assert amplitude(RecordedTremor(path))[0] == pytest.approx(1e-3, rel=0.02)


def test_decimal_commas_are_read_between_semicolons(tmp_path):
    t = clock()
    path = write(tmp_path / "a.csv", [t, shake(t)[1] + 1.0, 0 * t + G, 0.1 * t], delimiter=";")
    path.write_text("Zeit;x;y;z\n" + path.read_text().replace(".", ","))
    assert amplitude(RecordedTremor(path))[0] == pytest.approx(1e-3, rel=0.02)


@pytest.mark.parametrize(
    "header",
    [
        '"Time (s)","Linear Acceleration x (m/s^2)","Linear Acceleration y (m/s^2)","Linear Acceleration z (m/s^2)"',
        "seconds_elapsed,ax,ay,az",
        "timestamp [s],acc_x [m/s²],acc_y [m/s²],acc_z [m/s²]",
    ],
)
def test_headers_of_usual_apps_are_understood(tmp_path, header):
    t = clock()
    source = RecordedTremor(write(tmp_path / "a.csv", [t, shake(t)[1], 0.1 * np.sin(t), 0.1 * np.cos(t)], header))
    assert "by their names" in source.describe()
    assert "accelerations in m/s2" in source.describe()
    assert amplitude(source)[0] == pytest.approx(1e-3, rel=0.02)


def test_axes_go_by_their_names_whatever_their_order(tmp_path):
    t = clock()
    path = write(tmp_path / "a.csv", [1e9 * t, t, 0.1 * np.sin(t), 0.1 * t, shake(t)[1]], "time,seconds_elapsed,z,y,x")
    assert amplitude(RecordedTremor(path, ReadingOptions(kind="acceleration")))[0] == pytest.approx(1e-3, rel=0.02)


def test_what_is_stated_is_taken_and_said(tmp_path):
    t = clock()
    path = write(tmp_path / "a.csv", [7 + 0 * t, shake(t)[1] / G, 1e3 * t])
    source = RecordedTremor(path, ReadingOptions(columns="-,y,t", units="ms,g"))
    assert amplitude(source)[1] == pytest.approx(1e-3, rel=0.02)
    assert "columns as stated: -,y,t" in source.describe()
    assert "time in ms (as stated)" in source.describe()


def test_a_file_without_time_takes_the_rate_stated(tmp_path):
    t = clock(128.0)
    path = write(tmp_path / "a.csv", [shake(t)[1] + G, 0.1 * np.sin(t), 0.1 * np.cos(t)])
    with pytest.raises(InputFileError, match="no time column; state its sampling rate"):
        RecordedTremor(path)
    assert amplitude(RecordedTremor(path, ReadingOptions(rate_hz=128.0)))[0] == pytest.approx(1e-3, rel=0.02)


def test_only_the_longest_stretch_without_gaps_is_used(tmp_path):
    t = clock()
    t[1500:] += 3.0
    source = RecordedTremor(phone(tmp_path / "a.csv", t, shake(t)[1]))
    assert source.file.time[-1] == pytest.approx(14.99, abs=0.02)
    assert "1 gaps longer" in source.describe()


def lines(*rows):
    return "\n".join(rows) + "\n"


RAMP = [f"{i / 100},{np.sin(i)},{np.cos(i)},{9.8 + np.sin(2 * i)}" for i in range(600)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("this is a letter,\nnot a recording,\nof a hand\n", "no table of numbers"),
        (lines(*[str(i) for i in range(600)]), "no table of numbers"),
        (lines(*RAMP[:50]), "too short"),
        (lines(*RAMP[:2]), "at least|usable rows|no time column"),
        (lines(*RAMP[:300], "3.0,oops,1,2", *RAMP[301:]), "line 301, column 2: 'oops' is not a number"),
        (lines(*RAMP[:300], "3.0,1,2", *RAMP[301:]), "line 301 has 3 columns"),
        (lines(*RAMP[:300], RAMP[100], *RAMP[301:]), "time does not grow at row 301"),
        (lines(*[f"{i / 100},1,2,3" for i in range(600)]), "none of its 4 columns looks like a moving axis"),
        (lines("t,x,y,z", *[f"{i / 100},1,2,3" for i in range(600)]), "the signal is constant in column x, y, z"),
        (lines(*[f"{100.0 * i},{np.sin(i)},{np.cos(i)},1.5{i}" for i in range(600)]), "outside|makes|fit no unit"),
    ],
)
def test_files_that_are_no_recording_are_refused_with_the_reason(tmp_path, text, problem):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputFileError, match=problem):
        RecordedTremor(path)


def test_other_things_than_text_files_are_refused(tmp_path):
    with pytest.raises(MissingFileError, match="no recording at"):
        RecordedTremor(tmp_path / "nothing.csv")
    with pytest.raises(InputFileError, match="is a folder"):
        RecordedTremor(tmp_path)
    binary = tmp_path / "picture.csv"
    binary.write_bytes(bytes(range(256)))
    with pytest.raises(InputFileError, match="not a text file"):
        RecordedTremor(binary)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (ReadingOptions(columns="t,x,q"), "unknown role 'q'"),
        (ReadingOptions(columns="t,x,x"), "given twice"),
        (ReadingOptions(columns="t,-"), "names no axis"),
        (ReadingOptions(columns="t,x,y,z,-,-"), "has 4 columns"),
        (ReadingOptions(units="h,m"), "time unit 'h' is unknown"),
        (ReadingOptions(units="s,furlong"), "unit 'furlong' is unknown; choose one of"),
        (ReadingOptions(units="s,m", kind="acceleration"), "one of position"),
        (ReadingOptions(kind="speed"), "kind 'speed' is unknown"),
        (ReadingOptions(units="ms"), "makes 1e\\+05 Hz"),
    ],
)
def test_what_cannot_be_is_refused_when_stated(tmp_path, options, problem):
    path = tmp_path / "a.csv"
    path.write_text(lines(*RAMP))
    with pytest.raises(InputFileError, match=problem):
        RecordedTremor(path, options)


def test_the_whole_motion_cannot_be_told_from_accelerations(tmp_path):
    t = clock()
    with pytest.raises(InputFileError, match="use its tremor instead"):
        RecordedHand(phone(tmp_path / "a.csv", t, shake(t)[1]))


@pytest.mark.parametrize("seed", range(40))
def test_no_file_whatever_raises_anything_but_a_named_error(tmp_path, seed):
    rng = np.random.default_rng(seed)
    alphabet = "0123456789.,;-+eE \t\nnaxyzt#\"'µ"
    rows = [",".join(f"{v:.4g}" for v in rng.standard_normal(4)) for _ in range(30)]
    text = "\n".join(rows)
    for _ in range(int(rng.integers(1, 30))):
        at = int(rng.integers(len(text)))
        text = text[:at] + str(rng.choice(list(alphabet))) + text[at + 1 :]
    path = tmp_path / "odd.csv"
    path.write_text(text)
    with pytest.raises(SteadyhandError):
        RecordedTremor(path)


@pytest.mark.skipif(REAL is None, reason=f"no recordings of real tremor; name a folder of them in {RECORDINGS_ENV}")
@pytest.mark.parametrize("name", sorted(path.name for path in REAL.glob("*.csv")) if REAL else ["none"])
def test_real_recordings_are_read_without_being_told_anything(name, expert, run):
    source = RecordedTremor(REAL / name)
    assert source.file.kind == "acceleration"
    assert "time in ns" in source.describe()
    assert "accelerations in m/s2, gravity included" in source.describe()
    assert "ignored 5" in source.describe()
    assert 25.0 < source.file.time[-1] < 33.0
    low, high = (10e-6, 100e-6) if "rest" in name else (0.3e-3, 3e-3)
    assert low < source.rms.min() <= source.rms.max() < high
    ticks = run(expert(source), seed=1, seconds=30.0)
    assert ticks["success"][-1]


def test_a_whole_motion_rests_with_the_clutch_pressed_before_it_plays(tmp_path):
    t = clock()
    hand = RecordedHand(write(tmp_path / "p.csv", [t, 20.0 * np.sin(t), 0 * t, 0 * t], "t,x_mm,y_mm,z_mm"))
    hand.reset(np.random.default_rng(0), 1e-3)
    taken = [(pose.clutch, pose.pose[0]) for pose in (hand.read() for _ in range(1600))]
    resting = [x for clutch, x in taken if clutch]
    assert 300 < len(resting) < 1500
    assert [clutch for clutch, _ in taken] == [True] * len(resting) + [False] * (1600 - len(resting))
    assert np.ptp(resting) == 0.0
    playing = np.array([resting[-1], *(x for clutch, x in taken if not clutch)])
    assert np.abs(np.diff(playing)).max() < 1e-4, "it jumps as it begins to play"
    assert np.ptp(playing) > 1e-3


def test_large_and_small_tremor_is_told_in_plain_micrometres(tmp_path):
    t = clock()
    for amplitude, told in ((5e-3, "3536 x"), (5e-5, "35.4 x")):
        source = RecordedTremor(write(tmp_path / "p.csv", [t, *[shake(t, amplitude)[0]] * 3], "t,x_m,y_m,z_m"))
        assert told in source.describe()
