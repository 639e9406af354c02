"""A skin follows its nodes, is smooth between them, shows cuts and marks, and every quality draws it bent."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from vr_training.stream.messages import DeformableScene, DeformableState, SceneMessage, array
from vr_training.view.bodies import body, still_scene
from vr_training.view.cameras import look_at
from vr_training.view.contracts import Camera
from vr_training.view.skin import Skin, skin_mesh
from vr_training.view.software import Quality, SoftwareRenderer

NODES, CELLS, SPACING, THICKNESS = (8, 6), 3, 0.01, 0.001
SIZE = (0.07, 0.05)
WORDS = -(-(7 * 5 * 9) // 64)
CAMERA = Camera(look_at((0.0, -0.02, 0.3), (0.0, 0.0, 0.0), (0, 1, 0)), 0.35, 160, 120)


def flat() -> np.ndarray:
    i, j = np.divmod(np.arange(48), 6)
    return np.stack([SPACING * i - 0.035, SPACING * j - 0.025, np.zeros(48)], axis=1)


def state(nodes: np.ndarray, open_: tuple[int, ...] = (), marked: tuple[int, ...] = ()) -> DeformableState:
    words = []
    for cells in (open_, marked):
        bits = np.zeros(64 * WORDS, np.uint8)
        bits[list(cells)] = 1
        words.append(np.packbits(bits, bitorder="little").tobytes())
    return DeformableState(nodes=nodes.astype("<f4").tobytes(), open=words[0], marked=words[1])


def scene() -> SceneMessage:
    mesh = skin_mesh(flat(), NODES, CELLS, SIZE, THICKNESS)
    message, _ = still_scene(body("sheet/skin", "membrane", mesh, "sheet"))
    sheet = DeformableScene(name="sheet", body=0, nodes=NODES, cells=CELLS, thickness_m=THICKNESS)
    return msgspec.structs.replace(message, deformables=(sheet,))


def skin() -> Skin:
    message = scene()
    return Skin(message.deformables[0], message.bodies[0])


def cell(a: int, b: int) -> int:
    return a * 15 + b


def test_both_layers_pass_through_the_nodes_half_a_thickness_off() -> None:
    nodes = flat()
    nodes[:, 2] = 0.01 * np.sin(40.0 * nodes[:, 0])
    bent = skin().bend(state(nodes))
    top, low = bent.vertices.reshape(2, 22, 16, 3)[:, ::CELLS, ::CELLS]
    np.testing.assert_allclose(0.5 * (top + low).reshape(-1, 3), nodes, atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(top - low, axis=2), THICKNESS, rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(bent.normals, axis=1), 1.0, atol=1e-5)


def test_a_flat_sheet_has_flat_faces_that_look_outward() -> None:
    bent = skin().bend(state(flat()))
    corner = bent.vertices[bent.faces].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    middle = corner.mean(axis=1)
    # Outward: away from the middle of the slab, of layers and rim alike.
    scaled = middle / np.array([*SIZE, THICKNESS])
    axis = np.argmax(np.abs(scaled), axis=1)
    rows = np.arange(len(normal))
    assert (normal[rows, axis] * scaled[rows, axis] > 0.0).all()


def test_what_is_cut_open_is_not_drawn_and_its_edge_is_dark() -> None:
    whole, cut = skin().bend(state(flat())), skin().bend(state(flat(), open_=(cell(10, 7), cell(10, 8))))
    hidden = (cut.faces == cut.faces[:, :1]).all(axis=1)
    assert hidden.sum() == 2 * 4
    assert not (whole.faces == whole.faces[:, :1]).all(axis=1).any()
    edge = 10 * 16 + 8
    assert cut.colours[edge].sum() < 0.6 * whole.colours[edge].sum()
    assert (cut.colours[0] == whole.colours[0]).all()


def test_a_mark_is_seen_where_it_was_painted() -> None:
    plain, marked = skin().bend(state(flat())), skin().bend(state(flat(), marked=(cell(4, 4), cell(4, 5), cell(5, 4))))
    differs = (plain.colours.astype(int) != marked.colours).any(axis=1).reshape(2, 22, 16)
    assert differs[0, 5, 5]
    assert not differs[:, 10:].any()


@pytest.mark.parametrize("quality", ["fast", "live", "still"])
def test_a_bent_sheet_is_drawn_bent_and_as_if_it_had_been_so_from_the_start(quality: Quality) -> None:
    raised = flat()
    raised[:, 2] += 0.05
    poses = np.array([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
    renderer = SoftwareRenderer(quality, 1)
    renderer.load(scene())
    low = renderer.render(poses, CAMERA)
    renderer.bend((state(raised),))
    high = renderer.render(poses, CAMERA)
    assert low.depth[60, 80] - high.depth[60, 80] == pytest.approx(0.05, abs=0.002)
    renderer.bend((state(raised, open_=tuple(cell(a, b) for a in range(9, 12) for b in range(6, 9))),))
    opened = renderer.render(poses, CAMERA)
    assert np.isinf(opened.depth).sum() > np.isinf(high.depth).sum() + 50
    fresh = SoftwareRenderer(quality, 1)
    fresh.load(scene())
    fresh.bend((state(raised),))
    np.testing.assert_array_equal(fresh.render(poses, CAMERA).depth, high.depth)
    np.testing.assert_allclose(fresh.render(poses, CAMERA).colour, high.colour, atol=1)
    for each in (renderer, fresh):
        each.close()


def test_a_bent_body_carries_its_shape() -> None:
    message, raised = scene(), flat() + np.array([0.0, 0.0, 0.1])
    moved = skin().bend(state(raised)).body(message.bodies[0])
    assert array(moved.vertices, "<f4", -1, 3)[:, 2].min() > 0.09
    assert moved.name == message.bodies[0].name
