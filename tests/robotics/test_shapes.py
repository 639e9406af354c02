from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.errors import ArgumentError
from robotics.mesh import Mesh
from robotics.shape_config import Box, Capsule, Cylinder, Extrusion, Lathe, Loft, Pad, Shape, Sphere, Tube
from robotics.shapes import join, mesh, signed_volume
from robotics.shapes.extruded import triangulate

L_SHAPE = ((0.0, 0.0), (0.1, 0.0), (0.1, 0.02), (0.02, 0.02), (0.02, 0.1), (0.0, 0.1))
RING = ((0.02, 0.0), (0.03, 0.0), (0.03, 0.1), (0.02, 0.1), (0.02, 0.0))
OVAL = ((0.01, 0.0, 0.0, 0.04, 0.02), (0.01, 0.03, 0.07, 0.04, 0.02), (0.0, 0.0, 0.2, 0.04, 0.02))
BALL = (
    (0.0, 0.0, -0.05, 0.0, 0.0),
    *((0.0, 0.0, -0.05 * np.cos(a), 0.05 * np.sin(a), 0.05 * np.sin(a)) for a in np.linspace(0.3, np.pi - 0.3, 11)),
    (0.0, 0.0, 0.05, 0.0, 0.0),
)

SHAPES: list[tuple[Shape, float, float]] = [
    # shape, its analytic volume [m3], relative error that its facets may make
    (Box(material="x", size_m=(0.1, 0.2, 0.3)), 0.006, 1e-6),
    (Box(material="x", size_m=(0.1, 0.2, 0.3), bevel_m=0.01), 0.006, 0.02),
    (Sphere(material="x", radius_m=0.1), 4 / 3 * np.pi * 1e-3, 0.03),
    (Cylinder(material="x", radius_m=0.05, length_m=0.2), np.pi * 0.0025 * 0.2, 0.01),
    (Cylinder(material="x", radius_m=0.05, length_m=0.2, bevel_m=0.005), np.pi * 0.0025 * 0.2, 0.02),
    (Capsule(material="x", radius_m=0.05, length_m=0.2), np.pi * 0.0025 * (0.2 + 4 / 3 * 0.05), 0.02),
    (Lathe(material="x", profile_m=((0.03, 0.0), (0.01, 0.2))), np.pi * 0.2 / 3 * (9 + 3 + 1) * 1e-4, 0.01),
    (Lathe(material="x", profile_m=((0.01, 0.2), (0.03, 0.0))), np.pi * 0.2 / 3 * (9 + 3 + 1) * 1e-4, 0.01),
    (Lathe(material="x", profile_m=RING), np.pi * 0.1 * (9 - 4) * 1e-4, 0.01),
    (Extrusion(material="x", outline_m=L_SHAPE, length_m=0.05), 0.0036 * 0.05, 1e-5),
    (Extrusion(material="x", outline_m=L_SHAPE, length_m=0.05, bevel_m=0.001), 0.0036 * 0.05, 0.02),
    (
        Extrusion(material="x", outline_m=L_SHAPE, length_m=0.06, taper=0.5),
        0.0036 * 0.06 * (1 + 0.5 + 0.25) / 3,
        1e-5,
    ),
    (Tube(material="x", radius_m=0.001, points_m=((0, 0, 0), (0, 0, 0.1))), np.pi * 1e-6 * 0.1, 0.05),
    (Tube(material="x", radius_m=0.0005, arc_radius_m=0.008, arc_rad=np.pi), np.pi**2 * 25e-8 * 0.008, 0.06),
    (Tube(material="x", radius_m=0.0005, arc_radius_m=0.008, arc_rad=-2.0), 2 * np.pi * 25e-8 * 0.008, 0.06),
    (Loft(material="x", sections_m=OVAL), np.pi * 0.04 * 0.02 * 0.2, 0.02),
    (Loft(material="x", sections_m=OVAL[::-1]), np.pi * 0.04 * 0.02 * 0.2, 0.02),
    (Loft(material="x", sections_m=BALL), 4 / 3 * np.pi * 0.05**3, 0.02),
    (Pad(material="x", size_m=(0.1, 0.08, 0.02), relief_m=0.002, seed=3), 0.1 * 0.08 * 0.02, 0.15),
]
IDS = [f"{type(s).__name__}{i}" for i, (s, _, _) in enumerate(SHAPES)]


def open_edges(m: Mesh) -> int:
    """Edges that no face on the other side answers, once vertices at one place are one."""
    key = np.round(m.vertices.astype(np.float64) * 1e7).astype(np.int64)
    _, welded = np.unique(key, axis=0, return_inverse=True)
    f = welded.ravel()[m.faces]
    f = f[(f[:, 0] != f[:, 1]) & (f[:, 1] != f[:, 2]) & (f[:, 2] != f[:, 0])]
    edges = Counter(map(tuple, np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])))
    return sum(edges[(b, a)] != n for (a, b), n in edges.items())


@pytest.mark.parametrize(("shape", "volume", "within"), SHAPES, ids=IDS)
def test_every_shape_is_closed_and_encloses_its_analytic_volume(shape: Shape, volume: float, within: float) -> None:
    m = mesh(shape)
    assert open_edges(m) == 0
    assert signed_volume(m) == pytest.approx(volume, rel=within)


@pytest.mark.parametrize(("shape", "volume", "within"), SHAPES, ids=IDS)
def test_normals_are_unit_and_agree_with_the_winding_of_their_faces(shape: Shape, volume: float, within: float) -> None:
    m = mesh(shape)
    np.testing.assert_allclose(np.linalg.norm(m.normals, axis=1), 1.0, atol=1e-5)
    a, b, c = np.moveaxis(m.vertices.astype(np.float64)[m.faces], 1, 0)
    cross = np.cross(b - a, c - a)
    along = np.einsum("fi,fki->fk", cross, m.normals[m.faces])
    solid = np.linalg.norm(cross, axis=1) > 1e-12
    assert (along[solid] > 0).all()


def test_a_box_without_bevel_has_flat_faces_and_with_bevel_keeps_its_size() -> None:
    sharp = mesh(Box(material="x", size_m=(0.1, 0.2, 0.3)))
    assert len(sharp.faces) == 12
    assert np.isclose(np.abs(sharp.normals).max(axis=1), 1.0).all()
    round_ = mesh(Box(material="x", size_m=(0.1, 0.2, 0.3), bevel_m=0.02))
    np.testing.assert_allclose(np.ptp(round_.vertices, axis=0), [0.1, 0.2, 0.3], atol=1e-6)


def test_a_lathed_step_keeps_its_edge_and_a_gentle_curve_does_not() -> None:
    def normals_at(m: Mesh, z: float) -> int:
        return len(np.unique(np.round(m.normals[np.isclose(m.vertices[:, 2], z)][:, 2], 3)))

    step = mesh(Lathe(material="x", profile_m=((0.02, 0), (0.02, 0.05), (0.01, 0.05), (0.01, 0.1)), sharp_deg=30))
    assert normals_at(step, 0.05) == 2
    curve = mesh(Lathe(material="x", profile_m=((0.02, 0), (0.02, 0.05), (0.019, 0.1)), sharp_deg=30))
    assert normals_at(curve, 0.05) == 1


@given(roll=st.floats(-3, 3), pitch=st.floats(-1.5, 1.5), yaw=st.floats(-3, 3), x=st.floats(-1, 1))
@settings(max_examples=20, deadline=None)
def test_placing_a_shape_moves_it_rigidly_as_urdf_says(roll: float, pitch: float, yaw: float, x: float) -> None:
    from scipy.spatial.transform import Rotation

    plain = Box(material="x", size_m=(0.1, 0.2, 0.3), bevel_m=0.01)
    placed = Box(material="x", size_m=(0.1, 0.2, 0.3), bevel_m=0.01, xyz_m=(x, 0.1, 0.2), rpy_rad=(roll, pitch, yaw))
    R = Rotation.from_euler("xyz", [roll, pitch, yaw]).as_matrix()
    np.testing.assert_allclose(mesh(placed).vertices, mesh(plain).vertices @ R.T + [x, 0.1, 0.2], atol=1e-6)
    np.testing.assert_allclose(mesh(placed).normals, mesh(plain).normals @ R.T, atol=1e-5)


def test_the_same_seed_gives_the_same_pad_and_another_does_not() -> None:
    def pad(seed: int) -> Mesh:
        return mesh(Pad(material="x", size_m=(0.06, 0.05, 0.01), relief_m=0.002, seed=seed))

    a, b, other = pad(1), pad(1), pad(2)
    assert a.colours is not None
    assert b.colours is not None
    assert np.array_equal(a.vertices, b.vertices)
    assert np.array_equal(a.colours, b.colours)
    assert not np.array_equal(a.vertices, other.vertices)


def test_a_pads_top_lies_at_zero_on_average_and_within_its_relief() -> None:
    m = mesh(Pad(material="x", size_m=(0.1, 0.08, 0.02), relief_m=0.002, seed=5))
    inner = m.vertices[(np.abs(m.vertices[:, :2]) < 0.025).all(axis=1) & (m.vertices[:, 2] > -0.01)]
    assert abs(inner[:, 2].mean()) < 0.0015
    assert np.abs(inner[:, 2]).max() < 0.004


def test_a_needles_point_is_sharp_and_its_body_keeps_the_wires_radius() -> None:
    m = mesh(Tube(material="x", radius_m=0.0004, arc_radius_m=0.008, arc_rad=np.pi, point_m=0.004))
    angle = np.arctan2(m.vertices[:, 1], m.vertices[:, 0])
    off = np.hypot(np.hypot(m.vertices[:, 0], m.vertices[:, 1]) - 0.008, m.vertices[:, 2])
    assert off[angle > np.pi - 1e-3].max() < 0.00002
    assert off[(angle > 0.1) & (angle < 2.4)].max() == pytest.approx(0.0004, rel=1e-3)


@given(st.lists(st.floats(0.2, 1.0), min_size=5, max_size=24))
@settings(max_examples=40, deadline=None)
def test_clipping_ears_covers_any_star_shaped_polygon_exactly(radii: list[float]) -> None:
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    outline = np.column_stack([np.cos(angle), np.sin(angle)]) * np.asarray(radii)[:, None]
    faces = triangulate(outline)
    a, b, c = np.moveaxis(outline[faces], 1, 0)
    areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    x, y = outline.T
    assert len(faces) == len(radii) - 2
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def test_shapes_that_enclose_nothing_are_refused_with_the_reason() -> None:
    with pytest.raises(ArgumentError, match="clockwise"):
        mesh(Extrusion(material="x", outline_m=L_SHAPE[::-1], length_m=0.1))
    with pytest.raises(ArgumentError, match="arc_radius_m"):
        mesh(Tube(material="x", radius_m=0.001))
    with pytest.raises(ArgumentError, match="along z are not in order"):
        mesh(Loft(material="x", sections_m=(OVAL[1], OVAL[0], OVAL[2])))
    with pytest.raises(ArgumentError, match="only the ends may have half sizes of zero"):
        mesh(Loft(material="x", sections_m=(OVAL[0], (0.0, 0.0, 0.07, 0.0, 0.02), OVAL[2])))


def test_joined_meshes_keep_their_triangles() -> None:
    a = mesh(Sphere(material="x", radius_m=0.1))
    b = mesh(Box(material="x", size_m=(0.1, 0.1, 0.1), xyz_m=(1, 0, 0)))
    both = join([a, b])
    assert signed_volume(both) == pytest.approx(signed_volume(a) + signed_volume(b), rel=1e-5)
