"""Structures that Python shares with C: one that is laid out otherwise on one side is refused before it is touched."""

from __future__ import annotations

import ctypes

import pytest
from boards import needs_avr, needs_gcc

from hardware.emulation import native_board
from hardware.emulation.avr import avr_board
from robotics.errors import DeviceError


def with_a_field_more(of: type[ctypes.Structure], at: int) -> type[ctypes.Structure]:
    fields = list(of._fields_)
    fields.insert(at, ("more", ctypes.c_uint32))
    return type("More", (ctypes.Structure,), {"_fields_": tuple(fields)})


# Before the last field, and elsewhere: padding at the end may make up for it.
@pytest.mark.parametrize("at", [-1, 3, 100])
@needs_gcc
def test_a_library_whose_structure_differs_is_refused(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    native_board.NativeBoard()
    monkeypatch.setattr(native_board, "_Here", with_a_field_more(native_board._Here, at))
    with pytest.raises(DeviceError, match=r"sh_native_layout: \d+ bytes, .* their fields differ"):
        native_board.NativeBoard()


@pytest.mark.parametrize("at", [-1, 12, 100])
@needs_avr
def test_a_harness_whose_structure_differs_is_refused(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    avr_board.AvrBoard()
    monkeypatch.setattr(avr_board, "_Harness", with_a_field_more(avr_board._Harness, at))
    with pytest.raises(DeviceError, match=r"harness_layout: \d+ bytes, .* their fields differ"):
        avr_board.AvrBoard()
