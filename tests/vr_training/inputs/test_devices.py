"""Devices without a device: reports as documented, libraries that are played, and what is said where all is missing.

No uinput here: the byte parser is tested with reports of the documented layout instead of an emulated device.
"""

import struct
import sys
import threading
from multiprocessing import Pipe
from types import SimpleNamespace

import numpy as np
import pytest

from robotics.errors import ArgumentError, ConfigError, DeviceError
from vr_training.inputs import devices, gamepad, library, spacemouse
from vr_training.inputs.devices import Sensed, open_device, serve
from vr_training.inputs.spacemouse import SILENT_S, Reports, SpaceMouse


def report(kind, *values):
    return bytes([kind]) + struct.pack(f"<{len(values)}h", *values)


def test_an_older_mouse_reports_motion_and_turn_apart_and_a_newer_one_together():
    old, new = Reports(), Reports()
    assert old.take(report(1, 350, -175, 70))
    assert old.take(report(2, -350, 35, 700))
    assert new.take(report(1, 350, -175, 70, -350, 35, 700))
    expected = {"x": 1.0, "y": -0.5, "z": 0.2, "turn_x": -1.0, "turn_y": 0.1, "turn_z": 1.0}
    assert old.axes == pytest.approx(expected)
    assert new.axes == pytest.approx(expected)


def test_buttons_are_bits_and_one_that_is_let_go_is_not_pressed_any_more():
    reports = Reports()
    assert reports.take(bytes([3, 0b101, 0b1]))
    assert reports.pressed == {"button_1", "button_3", "button_9"}
    assert reports.take(bytes([3, 0, 0]))
    assert reports.pressed == frozenset()


@pytest.mark.parametrize(
    "garbage", [b"", b"\x01", b"\x01\x00\x01", b"\x02\x00", b"\x03", b"\x17\x01\x02\x03\x04\x05\x06"]
)
def test_a_report_that_is_cut_short_or_unknown_changes_nothing(garbage):
    reports = Reports()
    reports.take(report(1, 100, 0, 0))
    before = dict(reports.axes)
    assert not reports.take(garbage)
    assert reports.axes == before


class PlayedMouse:
    """What hidapi gives, played."""

    def __init__(self):
        self.waiting, self.gone, self.opened, self.closed = [], False, None, False

    def open_path(self, path):
        self.opened = path

    def set_nonblocking(self, on):
        assert on

    def read(self, size):
        if self.gone:
            raise OSError("read error")
        return list(self.waiting.pop(0)) if self.waiting else []

    def close(self):
        self.closed = True


@pytest.fixture
def played(monkeypatch):
    mouse = PlayedMouse()
    listed = [
        {"path": b"/dev/hidraw9", "vendor_id": 0x046D, "product_id": 0xC52B},  # somebody's keyboard
        {"path": b"/dev/hidraw3", "vendor_id": 0x256F, "product_id": 0xC635},
    ]
    monkeypatch.setitem(sys.modules, "hid", SimpleNamespace(device=lambda: mouse, enumerate=lambda: listed))
    return mouse


def test_the_mouse_is_found_among_other_devices_and_drives_a_hand(played):
    source = open_device("spacemouse", scale=0.5)
    with source:
        assert source.describe() == "3-D mouse: SpaceMouse Compact"
        assert played.opened == b"/dev/hidraw3"
        assert source.read(0.005)[0].clutch
        played.waiting = [bytes([3, 1, 0]), report(1, 350, 0, 0)]
        moved = [source.read(0.005)[0] for _ in range(40)]
        assert not moved[-1].clutch
        assert moved[-1].pose[0] > moved[0].pose[0] + 1e-3
    assert played.closed


def test_a_mouse_that_falls_silent_while_deflected_sends_nothing_and_needs_a_fresh_press(played):
    now = [0.0]
    mouse = SpaceMouse(clock=lambda: now[0])
    with mouse:
        played.waiting = [report(1, 0, 0, 0)]
        mouse.read()
        now[0] = 100.0
        assert mouse.read() is not None, "at rest it says nothing"
        played.waiting = [report(1, 200, 0, 0)]
        assert mouse.read() is not None
        now[0] += SILENT_S + 0.01
        assert mouse.read() is None
        played.gone = True
        with pytest.raises(DeviceError, match="SpaceMouse Compact is gone"):
            mouse.read()


def test_where_no_device_is_plugged_in_one_line_says_how_to_mend_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "hid", SimpleNamespace(enumerate=lambda: []))
    with pytest.raises(DeviceError, match="no 3-D mouse was found: plug one in"), open_device("spacemouse"):
        pass


@pytest.mark.parametrize(("spec", "module"), [("gamepad", "pygame"), ("spacemouse", "hid"), ("igtl", "pyigtl")])
def test_where_the_library_is_missing_one_line_says_how_to_get_it(monkeypatch, spec, module):
    monkeypatch.setitem(sys.modules, module, None)  # an import of it fails
    with pytest.raises(DeviceError, match=rf"'{spec}' needs the library {module}.*pip install"), open_device(spec):
        pass


class PlayedPads:
    """What SDL's game controllers give, played."""

    def __init__(self, count):
        self.count, self.axis, self.pressed, self.there = count, {}, set(), True
        self.rumbled, self.stopped = [], False

    def init(self):
        return None

    def get_count(self):
        return self.count

    def is_controller(self, index):
        return True

    def name_forindex(self, index):
        return "Played pad"

    def Controller(self, index):
        return SimpleNamespace(
            name="Played pad",
            attached=lambda: self.there,
            get_axis=lambda code: self.axis.get(code, 0),
            get_button=lambda code: code in self.pressed,
            rumble=lambda *strengths: self.rumbled.append(strengths),
            stop_rumble=self._stop,
            quit=lambda: None,
        )

    def _stop(self):
        self.stopped = True


@pytest.fixture
def pads(monkeypatch):
    made = PlayedPads(1)
    codes = {f"CONTROLLER_AXIS_{sdl}": f"axis {sdl}" for sdl in gamepad.AXES.values()}
    codes |= {f"CONTROLLER_BUTTON_{sdl}": f"button {sdl}" for sdl in gamepad.BUTTONS.values()}
    quiet = SimpleNamespace(init=lambda: None, pump=lambda: None)
    modules = {"pygame": SimpleNamespace(display=quiet, event=quiet, **codes), "pygame._sdl2.controller": made}
    monkeypatch.setattr(gamepad, "need", lambda module, extra, what: modules[module])
    return made


def test_a_gamepad_drives_a_hand_and_one_that_is_gone_is_said(pads):
    with open_device("gamepad") as source:
        assert source.describe() == "Gamepad: Played pad"
        source.read(0.005)
        pads.pressed, pads.axis = {"button RIGHTSHOULDER"}, {"axis LEFTX": -32768, "axis LEFTY": 32767}
        moved = [source.read(0.005)[0] for _ in range(40)]
        assert not moved[-1].clutch
        assert moved[-1].pose[0] < -1e-3
        assert moved[-1].pose[1] < -1e-3
        pads.there = False
        with pytest.raises(DeviceError, match="'Played pad' is gone"):
            source.read(0.005)
    assert gamepad.found() == ["Played pad"]


def test_a_gamepad_lets_the_driven_tip_be_felt_while_it_is_driven_and_only_then(pads):
    with open_device("gamepad", arms=2, driven=1) as source:
        now = [0.0]
        source._clock = lambda: now[0]
        source.read(0.005)
        source.feel((0.0, 1.0))
        assert not pads.rumbled, "the arm is not driven"
        pads.pressed = {"button RIGHTSHOULDER"}
        source.read(0.005)
        source.feel((5.0, 0.0))
        assert not pads.rumbled, "the other arm's force"
        source.feel((0.0, 1.0))
        assert [round(ms) for *_, ms in pads.rumbled] == [250]
        for _ in range(6):  # the same force: the touch ends, then it is renewed before the motors stop by themselves
            now[0] += 1.0 / 60.0
            source.feel((0.0, 1.0))
        assert [quick for _, quick, _ in pads.rumbled] == [0.5, 0.0]
        now[0] += 0.1
        source.feel((0.0, 1.0))
        assert len(pads.rumbled) == 3
        pads.pressed = set()
        source.read(0.005)
        source.feel((0.0, 1.0))
        assert pads.rumbled[-1][:2] == (0.0, 0.0)
        source.feel((0.0, 1.0))
        assert len(pads.rumbled) == 4, "said once"
    assert pads.stopped


def test_a_map_without_rumble_keeps_the_pad_still_and_a_mouse_has_no_motors(pads, played, tmp_path):
    text = devices.find("inputs", "gamepad").read_text(encoding="utf-8")
    still = tmp_path / "still.toml"
    still.write_text(text.partition("[rumble]")[0], encoding="utf-8")
    pads.pressed = {"button RIGHTSHOULDER"}
    with open_device(f"gamepad:{still}") as source:
        source.read(0.005)
        pads.pressed = set()
        source.read(0.005)
        pads.pressed = {"button RIGHTSHOULDER"}
        source.read(0.005)
        source.feel((2.0,))
    assert not pads.rumbled
    mouse = tmp_path / "mouse.toml"
    text = devices.find("inputs", "spacemouse").read_text(encoding="utf-8")
    mouse.write_text(f"{text}\n[rumble]\nfrom_n = 0.1\nfull_n = 2.0\nweakest = 0.2\ntouch = 0.5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="rumble: a spacemouse has no motors"):
        open_device(f"spacemouse:{mouse}")


def test_where_there_is_no_gamepad_one_line_says_so(pads):
    pads.count = 0
    with pytest.raises(DeviceError, match="no gamepad was found"), open_device("gamepad"):
        pass


def test_a_map_of_one_s_own_is_taken_and_one_for_another_device_is_refused(pads, tmp_path):
    text = library.__file__ and (devices.find("inputs", "gamepad")).read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace('title = "Gamepad"', 'title = "Mine"'), encoding="utf-8")
    with open_device(f"gamepad:{mine}") as source:
        assert source.describe() == "Mine: Played pad"
    with pytest.raises(ConfigError, match="is none of the device's"):
        open_device("gamepad:spacemouse")


@pytest.mark.parametrize("spec", ["igtl:here:port", "igtl:here:0", "igtl:here:70000"])
def test_an_address_that_is_none_is_refused(spec):
    with pytest.raises(ArgumentError, match="is no address"):
        open_device(spec)


def test_a_device_is_read_until_the_pipe_closes_and_what_it_does_not_say_is_not_sent():
    hand = Sensed(0, np.zeros(7), 0.0, True)
    said = iter([[hand], [], [hand, hand]] + [[]] * 10_000)
    felt = []
    source = SimpleNamespace(read=lambda dt: next(said), feel=felt.append)
    here, there = Pipe()
    sent, forces = [], iter([(0.5,), None, (0.7,)] + [None] * 10_000)
    thread = threading.Thread(target=serve, args=(source, sent.append, lambda: next(forces), there, 0.001))
    thread.start()
    thread.join(0.2)
    here.close()
    thread.join(5.0)
    assert not thread.is_alive()
    assert len(sent) == 3
    assert felt == [(0.5,), (0.7,)]


def test_every_mouse_that_is_known_has_a_number_of_its_own():
    assert len(set(spacemouse.PRODUCTS.values())) == len(spacemouse.PRODUCTS)


def test_a_force_is_felt_whole_from_the_lessons_own_limit_on(pads):
    with open_device("gamepad", force_limit_n=0.4) as source:
        rumble = source._rumble
        assert rumble is not None
        assert rumble.feel(0.01, 0.0) == (0.0, 0.0)
        assert rumble.feel(0.4, 1.0) == (1.0, 1.0)
        assert rumble.feel(0.39, 2.0)[1] < 1.0
