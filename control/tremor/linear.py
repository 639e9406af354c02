"""A trembling hand as a linear system driven by white noise: the records whose best possible filter is known exactly.

Voluntary motion along an axis is white jerk integrated three times by leaky integrators, ``(d/dt + a)^3 p = w``.
Tremor is a bank of oscillators, the sensor adds white noise. Time is discrete and exact: the samples of the continuous
system, not an approximation of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, expm, solve_discrete_lyapunov

from control.tremor.oscillators import Oscillators
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

UNIT = 1e-6
"""Length in which matrices are written: in micrometres they are far better conditioned than in metres [m]."""


@dataclass(frozen=True)
class StateSpace:
    """``x[k+1] = F x[k] + w, y[k] = H x[k] + n``, in units of `UNIT`.

    Attributes:
        F: Transition over one sample, shape (n, n).
        Q: Covariance of w, shape (n, n).
        H: What the sensor sees, shape (axes, n).
        R: Covariance of n, shape (axes, axes).
        V: What of the state is voluntary position, shape (axes, n).
    """

    F: Vector
    Q: Vector
    H: Vector
    R: Vector
    V: Vector


@dataclass(frozen=True)
class LinearHand:
    """A trembling hand that is stationary, linear and Gaussian.

    Attributes:
        rate_hz: Sampling rate [Hz].
        jerk_psd: One-sided power spectral density of the white jerk on each axis [m^2/s^6/Hz]; the strength q of
            Kalman's continuous noise is half of it.
        tremor: Its oscillators, none of them wandering, harmonic or regular; they set the number of axes.
        noise_m: White noise of the sensor, root mean square [m].
        leak_hz: Corner of the leaky integrators [Hz]; at 0 the motion wanders off without bound.
    """

    rate_hz: float
    jerk_psd: float
    tremor: Oscillators
    noise_m: float
    leak_hz: float = 0.0

    @property
    def axes(self) -> int:
        """Number of axes."""
        return self.tremor.axes

    def tremor_rms(self) -> Vector:
        """Root mean square of the tremor on each axis, shape (axes,) [m]."""
        bank = self.tremor
        return np.asarray(np.sqrt(0.5 * np.sum(np.abs(bank.shared) ** 2 + bank.own**2, axis=1)))

    def state_space(self) -> StateSpace:
        """The system in matrices; the state is p, p', p'' of each axis, then the common oscillators, then the own."""
        axes, bank = self.axes, self.tremor
        A, W = _voluntary(self.jerk_psd / UNIT**2, self.leak_hz, 1.0 / self.rate_hz)
        turns, kicks = _turns(bank, 1.0 / self.rate_hz)
        F = block_diag(*[A] * axes, *turns, *(turns * axes))
        Q = block_diag(*[W] * axes, *kicks, *(kicks * axes))
        m, n = len(bank.centre_hz), len(F)
        V, H = np.zeros((axes, n)), np.zeros((axes, n))
        for axis in range(axes):
            V[axis, 3 * axis] = 1.0
            common, own = 3 * axes, 3 * axes + 2 * m * (1 + axis)
            for k in range(m):
                H[axis, common + 2 * k] = bank.shared[axis, k].real / UNIT
                H[axis, common + 2 * k + 1] = -bank.shared[axis, k].imag / UNIT
                H[axis, own + 2 * k] = bank.own[axis, k] / UNIT
        H += V
        keep = np.any(H != 0.0, axis=0)
        keep[: 3 * axes] = True
        # An oscillator takes part with both of its states or not at all.
        for k in range(3 * axes, n, 2):
            keep[k : k + 2] = keep[k : k + 2].any()
        R = np.eye(axes) * (self.noise_m / UNIT) ** 2
        return StateSpace(F[np.ix_(keep, keep)], Q[np.ix_(keep, keep)], H[:, keep], R, V[:, keep])

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Vector, Vector, Vector]:
        """Voluntary motion from 0, tremor and sensor noise, each of shape (count, axes) [m]."""
        A, W = _voluntary(self.jerk_psd, self.leak_hz, 1.0 / self.rate_hz)
        start: Vector = np.zeros((3, self.axes))
        if self.leak_hz > 0.0:
            start = _root(solve_discrete_lyapunov(A, W)) @ rng.standard_normal((3, self.axes))
        kicks = rng.standard_normal((count, 3, self.axes))
        path = np.zeros((count, self.axes))
        _integrate(A, _root(W), start, kicks, path)
        tremor = self.tremor.draw(rng, count, 1.0 / self.rate_hz)
        return path - path[0], tremor, self.noise_m * rng.standard_normal((count, self.axes))


def _voluntary(psd: float, leak_hz: float, dt: float) -> tuple[Vector, Vector]:
    """Transition of ``[p, p', p'']`` over a sample and the covariance of what is added.

    Source:
        Van Loan 1978, Computing integrals involving the matrix exponential, eq. 2.4.
    """
    a = 2.0 * np.pi * leak_hz
    system = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-(a**3), -3.0 * a**2, -3.0 * a]])
    # Powers of dt on the derivatives bring all entries near 1, or the exponential would lose the small ones.
    scale = np.array([1.0, dt, dt**2])
    scaled = system * scale[:, None] / scale[None, :] * dt
    drive = np.zeros((3, 3))
    drive[2, 2] = 1.0
    big = expm(np.block([[-scaled, drive], [np.zeros((3, 3)), scaled.T]]))
    A = big[3:, 3:].T
    W = A @ big[:3, 3:] * (0.5 * psd) * dt**5
    W = 0.5 * (W + W.T) / scale[:, None] / scale[None, :]
    return A / scale[:, None] * scale[None, :], np.asarray(W)


def _turns(bank: Oscillators, dt: float) -> tuple[list[Vector], list[Vector]]:
    """Transition of each oscillator's real and imaginary part, and the covariance of its noise."""
    turns, kicks = [], []
    for centre, keep in zip(bank.centre_hz, bank.keep(dt), strict=True):
        c, s = np.cos(2.0 * np.pi * centre * dt), np.sin(2.0 * np.pi * centre * dt)
        turns.append(keep * np.array([[c, -s], [s, c]]))
        kicks.append(0.5 * (1.0 - keep**2) * np.eye(2))
    return turns, kicks


def _root(covariance: Vector) -> Vector:
    """A matrix whose square is a covariance that may be badly scaled."""
    size = np.sqrt(np.diag(covariance))
    return np.asarray(size[:, None] * np.linalg.cholesky(covariance / size[:, None] / size[None, :]))


@kernel
def _integrate(A: Vector, root: Vector, start: Vector, kicks: Vector, path: Vector) -> None:
    """Run the voluntary motion of all axes; ``start`` (3, axes) is used up."""
    for k in range(path.shape[0]):
        for axis in range(path.shape[1]):
            path[k, axis] = start[0, axis]
        start[:] = A @ start + root @ np.ascontiguousarray(kicks[k])
