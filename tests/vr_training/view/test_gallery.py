from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from robotics.config import names
from vr_training.view import gallery
from vr_training.view.cameras import project
from vr_training.view.contracts import Camera


@pytest.mark.parametrize("arm", names("arms"))
def test_the_camera_of_a_whole_arm_sees_all_of_it(arm: str) -> None:
    parts, camera = gallery.whole(arm)
    for part in parts:
        if part.body.owner == arm:
            vertices = np.frombuffer(part.body.vertices, "<f4").reshape(-1, 3)
            seen = project(camera, vertices @ part.pose[:3, :3].T + part.pose[:3, 3])
            assert (seen[:, :2] > 0).all()
            assert (seen[:, :2] < gallery.SIZE).all()


def test_the_jaws_meet_in_the_middle_when_closed_and_part_when_open() -> None:
    def gap(jaw: float) -> float:
        config = gallery.load_arm_config("psm")
        parts = gallery.arm_parts(config, config.home, jaw, np.eye(4))
        jaws = [p for p in parts if "/wrist_yaw/0.5/" in p.body.name or "/wrist_yaw/-0.5/" in p.body.name]
        # Across the jaws at their ends: base x, at 8 mm or more below the wrist-yaw pin.
        low: dict[str, list[float]] = {"0.5": [], "-0.5": []}
        for part in jaws:
            v = np.frombuffer(part.body.vertices, "<f4").reshape(-1, 3)
            side = part.body.name.split("/")[2]
            far = v[v[:, 1] > 0.008]
            low[side] += list((far @ part.pose[:3, :3].T + part.pose[:3, 3])[:, 0])
        one, other = np.array(low["0.5"]), np.array(low["-0.5"])
        return float(max(one.min() - other.max(), other.min() - one.max()))

    assert 0.0 <= gap(0.0) < 1e-4
    assert gap(1.0) > 0.006


def test_a_picture_is_written_and_is_not_empty(tmp_path: Path) -> None:
    parts, camera = gallery.whole("planar_reach")
    small = Camera(camera.T_world_camera, camera.fov_y_rad, 96, 72)
    gallery.render(parts, small, tmp_path / "arm.png", "live")
    picture = np.asarray(Image.open(tmp_path / "arm.png"))
    assert picture.shape == (72, 96, 3)
    assert picture.std() > 10


def test_without_a_folder_it_says_how_to_be_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert gallery.main([]) == 2
    assert "OUT_DIR" in capsys.readouterr().err
