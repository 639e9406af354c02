import msgspec
import numpy as np
import pytest

from control.tremor.generated import GeneratedTremor, TremorConfig

PLAIN = TremorConfig(
    rms_um=100.0,
    rotation_rms_rad=0.003,
    centre_hz=(8.8, 10.6),
    linewidth_hz=(1.0, 2.0),
    power=0.6,
    wander_hz=0.3,
    wander_time_s=3.0,
    harmonic=0.1,
    own=0.25,
    drift_um=60.0,
    drift_hz=0.25,
    noise_um=4.0,
)
PURE = msgspec.structs.replace(PLAIN, drift_um=0.0, noise_um=0.0)


def samples(tremor, seed, seconds=40, dt=1e-3):
    tremor.reset(np.random.default_rng(seed), dt)
    return np.array([tremor.read().copy() for _ in range(round(seconds / dt))])


def power(x, rate, low, high):
    frequency = np.fft.rfftfreq(len(x), 1.0 / rate)
    density = np.sum(np.abs(np.fft.rfft(x, axis=0)) ** 2, axis=1)
    return density[(frequency >= low) & (frequency < high)].sum() / density[1:].sum()


def test_the_amplitude_is_the_one_asked_for():
    rms = [np.sqrt(np.mean(samples(GeneratedTremor(PURE), seed)[:, :3] ** 2)) for seed in range(6)]
    assert np.mean(rms) == pytest.approx(100e-6, rel=0.06)


def test_turns_have_the_amplitude_asked_for():
    rms = [np.sqrt(np.mean(samples(GeneratedTremor(PURE), seed)[:, 3:] ** 2)) for seed in range(6)]
    assert np.mean(rms) == pytest.approx(0.003, rel=0.06)


def test_most_of_the_power_lies_between_seven_and_thirteen_hertz():
    x = samples(GeneratedTremor(PURE), 1)[:, :3]
    assert power(x, 1000.0, 7.0, 13.0) > 0.8
    assert power(x, 1000.0, 0.0, 3.0) < 0.03


def test_drift_is_slow_and_noise_is_white():
    drift = samples(GeneratedTremor(msgspec.structs.replace(PURE, rms_um=0.0, drift_um=100.0)), 1, seconds=60)[:, :3]
    noise = samples(GeneratedTremor(msgspec.structs.replace(PURE, rms_um=0.0, noise_um=5.0)), 1)[:, :3]
    assert power(drift, 1000.0, 0.0, 2.0) > 0.98
    assert noise.std() == pytest.approx(5e-6, rel=0.02)
    assert power(noise, 1000.0, 250.0, 500.1) == pytest.approx(0.5, abs=0.02)


def test_amplitude_waxes_and_wanes():
    x = samples(GeneratedTremor(PURE), 3)[:, 0]
    seconds = x.reshape(-1, 1000).std(axis=1)
    assert seconds.max() > 1.7 * seconds.min()


def test_amplitude_and_frequency_do_not_depend_on_the_control_rate():
    slow = samples(GeneratedTremor(PURE), 5, seconds=60, dt=4e-3)[:, :3]
    assert np.sqrt(np.mean(slow**2)) == pytest.approx(100e-6, rel=0.15)
    assert power(slow, 250.0, 7.0, 13.0) > 0.8


@pytest.mark.parametrize(("own", "least", "most"), [(0.0, 0.9, 1.0), (1.0, 0.0, 0.2)])
def test_axes_share_their_tremor_apart_from_what_each_has_of_its_own(own, least, most):
    one = msgspec.structs.replace(PURE, power=1.0, own=own, harmonic=0.0)
    x = samples(GeneratedTremor(one), 2, seconds=60)[:, :3]
    spectra = np.fft.rfft(x.reshape(-1, 2000, 3) * np.hanning(2000)[:, None], axis=1)[:, 16:20]  # 8 to 9.5 Hz
    cross = np.abs(np.mean(spectra[..., 0] * spectra[..., 1].conj(), axis=0)) ** 2
    coherence = cross / np.mean(np.abs(spectra[..., 0]) ** 2, axis=0) / np.mean(np.abs(spectra[..., 1]) ** 2, axis=0)
    assert least <= coherence.mean() <= most


def test_the_same_seed_gives_the_same_tremor_and_another_does_not():
    tremor = GeneratedTremor(PLAIN)
    first = samples(tremor, 4, seconds=2)
    np.testing.assert_array_equal(first, samples(tremor, 4, seconds=2))
    assert not np.array_equal(first, samples(tremor, 5, seconds=2))
