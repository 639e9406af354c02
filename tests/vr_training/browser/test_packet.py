"""What a browser is sent of a state: read back as a page reads it, it says what the state says."""

from __future__ import annotations

import json
import math
import struct

import msgspec
import numpy as np

from tests.vr_training.view import test_skin, view_stage
from vr_training.browser.packet import Packer, Seen
from vr_training.stream.messages import StateMessage, array
from vr_training.view.materials import linear
from vr_training.view.presenter import resting_state
from vr_training.view.skin import Skin


def unpacked(data: bytes, moving: int) -> tuple[dict, np.ndarray, list[dict]]:
    """As `protocol.js` reads it."""
    (length,) = struct.unpack_from("<I", data)
    head, at = json.loads(data[4 : 4 + length]), 4 + length
    assert length % 4 == 0
    poses = np.frombuffer(data, "<f4", 7 * moving, at).reshape(moving, 7)
    at += 28 * moving
    shapes = []
    for told in head["shapes"]:
        shape = {"body": told["body"]}
        for name in ("position", "normal"):
            shape[name] = np.frombuffer(data, "<f4", 3 * told["vertices"], at).reshape(-1, 3)
            at += 12 * told["vertices"]
        if told["coloured"]:
            shape["colour"] = np.frombuffer(data, "u1", 4 * told["vertices"], at).reshape(-1, 4)
            at += 4 * told["vertices"]
        if told["faces"]:
            shape["faces"] = np.frombuffer(data, "<u4", 3 * told["faces"], at).reshape(-1, 3)
            at += 12 * told["faces"]
        shapes.append(shape)
    assert at == len(data)
    return head, poses, shapes


def packed(packer: Packer, state: StateMessage, seen: Seen) -> bytes:
    head, poses = packer.common(state)
    return packer.message(head, poses, state.deformables, seen)


def test_a_state_arrives_with_the_poses_of_what_moves_and_what_the_display_says() -> None:
    scene = view_stage.scene()
    state, packer = view_stage.state(scene, 1.0), Packer(scene)
    description = json.loads(msgspec.json.encode(packer.description()))
    head, poses, shapes = unpacked(packed(packer, state, Seen()), len(description["moving"]))
    np.testing.assert_array_equal(poses, array(state.poses, "<f4", -1, 7)[description["moving"]])
    assert [scene.bodies[row].moving for row in description["moving"]] == [True] * 4
    assert shapes == []
    assert head["sequence"] == state.sequence
    assert abs(head["sent_ms"] * 1e6 - state.sent_ns) < 1e3
    assert head["status"]["title"] == scene.title
    np.testing.assert_allclose(head["arms"][0]["tip"], state.arms[0].tip)


def test_what_is_no_number_is_null_for_a_page_that_reads_json() -> None:
    scene = view_stage.scene()
    state = view_stage.state(scene, 1.0)
    arm = msgspec.structs.replace(state.arms[0], jaw=math.nan)
    state = msgspec.structs.replace(state, target=(math.nan,) * 7, arms=(arm,))
    head, _, _ = unpacked(packed(Packer(scene), state, Seen()), 4)
    assert head["target"] is None
    assert head["arms"][0]["jaw"] is None
    assert head["status"]["distance_m"] is None


def test_a_deformable_is_sent_as_often_as_it_changes_and_its_cuts_once_to_each_browser() -> None:
    scene = test_skin.scene()
    packer, first, second = Packer(scene), Seen(), Seen()
    nodes = test_skin.flat()

    def sent(shape_nodes: np.ndarray, seen: Seen, open_: tuple[int, ...] = ()) -> list[dict]:
        shape = test_skin.state(shape_nodes, open_)
        state = msgspec.structs.replace(resting_state(scene), deformables=(shape,))
        return unpacked(packed(packer, state, seen), 1)[2]

    (whole,) = sent(nodes, first)
    bent = Skin(scene.deformables[0], scene.bodies[0]).bend(test_skin.state(nodes))
    np.testing.assert_array_equal(whole["position"], bent.vertices)
    np.testing.assert_array_equal(whole["faces"], bent.faces)
    np.testing.assert_allclose(whole["colour"][:, :3] / 255.0, linear(bent.colours / 255.0), atol=0.003)
    assert sent(nodes, first) == []
    (moved,) = sent(nodes + 0.001, first)
    assert set(moved) == {"body", "position", "normal"}
    (cut,) = sent(nodes + 0.001, first, (test_skin.cell(3, 3),))
    assert len(np.unique(cut["faces"], axis=0)) < len(np.unique(whole["faces"], axis=0))
    (other,) = sent(nodes, second)
    assert "faces" in other, "a browser that comes later needs all of it"
