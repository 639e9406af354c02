"""A headset, emulated in a real browser: it enters, sees with two eyes, drives with the trigger held, and leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from benchmarks._chromium import EMULATOR, MISSING, chromium, console, page_of, until, view
from tests.vr_training.browser.hubs import Stage, stage

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.skipif(
        not EMULATOR.is_file(), reason="needs the emulator of WebXR devices: `make setup-test` fetches it from npm"
    ),
]

WEAR = """() => {
    window.device = new IWER.XRDevice(IWER.metaQuest3);
    window.device.installRuntime({ forceInstall: true });
    window.tracked = true; // where it is not, a device says where a controller may be
    Object.defineProperty(XRPose.prototype, 'emulatedPosition', { get: () => !window.tracked });
    window.device.position.set(0, 1.2, 0);
    window.device.controllers.right.position.set(0.1, 1.0, -0.3);
    window.device.controllers.left.position.set(-0.1, 1.0, -0.3);
}"""


def worn(page: Page, address: str, running: Stage) -> None:
    """A page of a running stage in a browser with a headset."""
    page.add_init_script(path=EMULATOR)
    page.add_init_script(f"({WEAR})()")
    page.goto(f"{address}/live/{running.name}")
    until(page, "v.packet && v.frames > 5")


@pytest.mark.parametrize("mode", ["VR", "AR"])
def test_a_headset_enters_sees_the_scene_move_with_two_eyes_and_leaves_it_as_it_was(mode: str, tmp_path: Path) -> None:
    with (
        console(tmp_path) as address,
        stage(40.0, sessions=tmp_path) as running,
        chromium() as browser,
        page_of(browser) as (page, seen),
    ):
        worn(page, address, running)
        flat = view(page, "v.stage.camera.matrix.toArray()")
        page.get_by_role("button", name=f"Enter {mode}").click()
        until(page, "v.xr.presenting && v.xr.frames > 5")
        assert view(page, "v.stage.renderer.xr.getCamera().cameras.length") == 2
        before = view(page, "v.xr.frames")
        page.wait_for_timeout(1000)
        assert view(page, "v.xr.frames") > before + 10
        assert view(page, "v.stage.world.scale.x") == pytest.approx(3.0)
        ahead = view(page, "v.stage.things.localToWorld(v.xr._work()).toArray()")
        assert ahead[2] < -0.3, "the work lies before who wears it"
        assert 0.5 < ahead[1] < 1.2, "and below his eyes"
        page.evaluate("document.querySelector('.view-frame').view.xr.leave()")
        until(page, "!v.xr.presenting")
        until(page, "v.age < 1000 && v.frames > 0")
        np.testing.assert_allclose(view(page, "v.stage.camera.matrix.toArray()"), flat, atol=1e-6)
        assert view(page, "v.stage.world.scale.x") == 1.0
        assert seen.complaints == []


def test_a_controller_moves_the_hand_while_its_trigger_is_held_and_not_without(tmp_path: Path) -> None:
    with console(tmp_path) as address, stage(25.0, sessions=tmp_path) as running, chromium() as browser:
        with page_of(browser) as (page, seen):
            worn(page, address, running)
            page.get_by_role("button", name="Enter VR").click()
            until(page, "v.xr.presenting && v.xr.frames > 5")
            sweep(page)
            page.evaluate("device.controllers.right.updateButtonValue('trigger', 1)")
            page.wait_for_timeout(300)
            sweep(page)
            page.evaluate("device.controllers.right.updateButtonValue('trigger', 0)")
            page.wait_for_timeout(300)
            assert view(page, "v.packet.head.mine.length") == 1
            page.evaluate("document.querySelector('.view-frame').view.xr.leave()")
            assert seen.complaints == []
        heard = np.array(running.end()["heard"])
    released, held = heard[heard[:, 4] == 1.0], heard[heard[:, 4] == 0.0]
    assert len(held) > 20
    assert np.ptp(held[:, 1]) == pytest.approx(0.1, abs=0.02), "as far as the controller went"
    assert np.ptp(released[:, 1]) > 0.05, "it moves without the trigger, too, but with the clutch pressed"


def test_a_controller_that_is_not_seen_any_more_moves_nothing(tmp_path: Path) -> None:
    with (
        console(tmp_path) as address,
        stage(20.0, sessions=tmp_path) as running,
        chromium() as browser,
        page_of(browser) as (page, _),
    ):
        worn(page, address, running)
        page.get_by_role("button", name="Enter VR").click()
        until(page, "v.xr.presenting && v.xr.frames > 5")
        page.evaluate("window.tracked = false")
        page.wait_for_timeout(300)
        page.evaluate("device.controllers.right.updateButtonValue('trigger', 1)")
        sweep(page)
        page.evaluate("document.querySelector('.view-frame').view.xr.leave()")
        heard = running.end()["heard"]
    assert not any(each[4] == 0.0 for each in heard)


def sweep(page: Page) -> None:
    """Move the right controller 100 mm to the right, and back to where it was."""
    for k in range(20):
        page.evaluate(f"device.controllers.right.position.set({0.1 + 0.1 * min(k, 19) / 19}, 1.0, -0.3)")
        page.wait_for_timeout(30)
    page.wait_for_timeout(200)
    page.evaluate("device.controllers.right.position.set(0.1, 1.0, -0.3)")
    page.wait_for_timeout(200)
