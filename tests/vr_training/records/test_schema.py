"""The message definition says exactly where every number of a tick record lies."""

import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError
from vr_training.records.schema import schema_text

SIZES = {"float64": "d", "uint64": "Q", "int64": "q", "float32": "f"}


class Decoder:
    """Decodes CDR by a ros2msg definition alone, with CDR's own alignment rule."""

    def __init__(self, text: str) -> None:
        parts = re.split(r"\n=+\n", text.strip())
        self.messages = {"": parts[0]}
        for part in parts[1:]:
            head, _, body = part.partition("\n")
            self.messages[head.removeprefix("MSG: steadyhand_msgs/")] = body

    def decode(self, data: bytes) -> dict[str, object]:
        self.data, self.at = data, 0
        result = self._message("")
        assert self.at == len(data)
        return result

    def _message(self, kind: str) -> dict[str, object]:
        result: dict[str, object] = {}
        for line in self.messages[kind].splitlines():
            match = re.fullmatch(r"(\w+)(?:\[(\d+)\])? ([a-z][a-z0-9_]*)", line)
            assert match, line
            type_, count, name = match.groups()
            assert name not in result
            values = [self._value(type_) for _ in range(int(count or 1))]
            result[name] = values if count else values[0]
        return result

    def _value(self, type_: str) -> object:
        if type_ not in SIZES:
            return self._message(type_)
        size = struct.calcsize("<" + SIZES[type_])
        self.at += -self.at % size
        (value,) = struct.unpack_from("<" + SIZES[type_], self.data, self.at)
        self.at += size
        return value


def assert_equal(decoded: dict[str, object], tick: np.void, layout: TickLayout) -> None:
    for name in tick.dtype.names:
        if name == "arms":
            for arm, _ in layout.arms:
                for field in tick["arms"][arm].dtype.names:
                    value = decoded["arms"][arm][field]
                    value = list(value.values()) if isinstance(value, dict) else value
                    np.testing.assert_array_equal(value, tick["arms"][arm][field], err_msg=f"{arm}.{field}")
        elif name == "timing":
            assert tuple(decoded["timing"].values()) == tuple(tick["timing"].tolist())
        elif name == "objects":
            for index, item in enumerate(layout.objects):
                np.testing.assert_array_equal(list(decoded["objects"][item].values()), tick["objects"][index])
        elif name == "signals":
            np.testing.assert_array_equal([decoded["signals"][item] for item in layout.signals], tick["signals"])
        elif name == "deformables":
            for item, _, _ in layout.deformables:
                for field in tick["deformables"][item].dtype.names:
                    value = tick["deformables"][item][field].ravel()
                    np.testing.assert_array_equal(np.array(decoded[name][item][field], value.dtype), value)
        else:
            value = decoded[name]
            value = list(value.values()) if isinstance(value, dict) else value
            np.testing.assert_array_equal(value, tick[name], err_msg=name)


names = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,4}(_[a-z0-9]{1,3})?", fullmatch=True), max_size=3, unique=True)


@settings(max_examples=40, deadline=None)
@given(arms=names, joints=st.integers(1, 8), objects=names, signals=names, seed=st.integers(0, 99))
def test_a_tick_decodes_by_its_definition_to_what_it_was(
    arms: list[str], joints: int, objects: list[str], signals: list[str], seed: int
) -> None:
    pairs = tuple((name, 1 + (joints + index) % 8) for index, name in enumerate(arms))
    sheets = tuple((f"{name}_sheet", 2 + 2 * ((seed + k) % 3), 1 + k) for k, name in enumerate(objects))
    layout = TickLayout(pairs, tuple(objects), tuple(signals), sheets)
    dtype = tick_dtype(layout)
    tick = np.frombuffer(np.random.default_rng(seed).bytes(dtype.itemsize), dtype)[0]
    text = schema_text(layout)
    if arms:  # an empty message is no message in ROS 2
        assert_equal(Decoder(text).decode(tick.tobytes()), tick, layout)


@pytest.mark.parametrize("name", ["PSM1", "psm-1", "1psm", "psm__1", "psm_", "", "psm 1"])
def test_a_name_that_no_message_can_have_is_refused(name: str) -> None:
    for layout in (TickLayout(((name, 6),)), TickLayout((("a", 1),), (name,)), TickLayout((("a", 1),), (), (name,))):
        with pytest.raises(ArgumentError, match="lower_snake"):
            schema_text(layout)


def test_an_arm_without_joints_is_refused() -> None:
    with pytest.raises(ArgumentError, match="at least 1"):
        schema_text(TickLayout((("psm1", 0),)))


@pytest.mark.parametrize("sheet", [("a", 3, 1), ("a", 0, 1), ("a", 2, 0)])
def test_a_deformable_that_would_not_fill_whole_words_is_refused(sheet: tuple[str, int, int]) -> None:
    with pytest.raises(ArgumentError, match="deformable 'a'"):
        schema_text(TickLayout((("psm1", 6),), (), (), (sheet,)))
