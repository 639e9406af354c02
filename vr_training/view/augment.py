"""Augmented reality: what a real camera sees, with the simulated instruments as ghosts in front of it.

Bodies of arms and marks of goals are not there for the camera: they are drawn over its picture, translucent. All other
bodies are: what stands in their stead in the picture hides ghosts and overlays that lie behind it, and they themselves
are not drawn.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vr_training.stream.messages import CameraView, SceneMessage, StateMessage
from vr_training.view.clip import Clip
from vr_training.view.contracts import Camera, Frame

GHOST = 0.72
"""Opacity of a ghost: the instrument is plainly seen, and so is what it covers."""
AHEAD_M = 0.1
"""How far ahead a clip's camera is taken to look: nobody says at what [m]."""
IN_FRONT_M = 2e-4
"""A ghost is there where it is nearer than all else by this [m]."""


class Augmented:
    """Puts a session over a clip.

    Args:
        clip: What the camera saw.
        scene: The session's scene.
    """

    def __init__(self, clip: Clip, scene: SceneMessage) -> None:
        self.clip = clip
        self._ghosts = simulated(scene)

    def view(self, state_s: float) -> CameraView:
        """The clip's camera at a time of the session [s], as a camera of the scene."""
        seen = self.clip.camera(self.clip.index(state_s), *self.clip.size)
        T = seen.T_world_camera
        eye, ahead, up = T[:3, 3].tolist(), (T[:3, 3] + AHEAD_M * T[:3, 2]).tolist(), (-T[:3, 1]).tolist()
        return CameraView(
            name=self.clip.path.stem,
            eye_m=(eye[0], eye[1], eye[2]),
            look_at_m=(ahead[0], ahead[1], ahead[2]),
            up=(up[0], up[1], up[2]),
            fov_y_rad=seen.fov_y_rad,
            baseline_m=0.0,
        )

    def cameras(self, state_s: float, width: int, height: int) -> tuple[Camera, Camera]:
        """What to render for a time of the session: all bodies, and those alone that are there for the camera."""
        seen = self.clip.camera(self.clip.index(state_s), width, height)
        return seen, Camera(seen.T_world_camera, seen.fov_y_rad, width, height, hidden=self._ghosts)

    def mix(self, everything: Frame, there: Frame, state: StateMessage) -> Frame:
        """The camera's picture with the ghosts in it, and the depth of what is there for the camera.

        Args:
            everything: All bodies.
            there: Those alone that are there for the camera, of the same size.
            state: What they show.
        """
        height, width = everything.depth.shape
        picture = self.clip.picture(self.clip.index(state.time_s), width, height)
        _lay(picture, everything.colour, everything.depth, there.depth, GHOST, IN_FRONT_M)
        return Frame(picture, there.depth)


def simulated(scene: SceneMessage) -> tuple[int, ...]:
    """Indices of the bodies that a camera in the theatre does not see: those of arms, and the marks of goals."""
    arms = {arm.name for arm in scene.arms}
    return tuple(k for k, body in enumerate(scene.bodies) if body.owner in arms or k in scene.target)


@njit(cache=True, nogil=True)
def _lay(picture, colour, depth, behind, share, margin):  # type: ignore[no-untyped-def] # pragma: no cover
    """Blend what is nearer than what is behind it into a picture, in place."""
    for v in range(picture.shape[0]):
        for u in range(picture.shape[1]):
            if depth[v, u] < behind[v, u] - margin:
                for k in range(3):
                    picture[v, u, k] = int(picture[v, u, k] * (1.0 - share) + colour[v, u, k] * share + 0.5)


def warm_up() -> None:
    """Compile the blending now rather than in the middle of a session."""
    blank, depth = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), np.float32)
    _lay(blank, blank, depth, depth, GHOST, IN_FRONT_M)
