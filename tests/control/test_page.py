"""A page of one's own writes what the fields' names would write, and nothing else."""

from __future__ import annotations

import numpy as np

from control.page import Page, fields_of
from control.tick import GuidedLayout, TickLayout, arm_dtype, guided_dtype, tick_dtype

LAYOUT = TickLayout(
    arms=(("left", 3), ("right", 5)), signals=("depth",), guided=(GuidedLayout("right", 2, 3, wearables=1),)
)


def filled(rng: np.random.Generator) -> np.ndarray:
    record = np.zeros(1, tick_dtype(LAYOUT))
    record.view(np.int64)[:] = rng.integers(0, 2**40, record.nbytes // 8)
    return record


def test_a_field_is_a_view_as_its_name_gives_it() -> None:
    record = filled(np.random.default_rng(0))
    fields = fields_of(record)
    assert tuple(fields) == record.dtype.names
    fields["time"][0], fields["signals"][0] = 3.25, -1.5
    fields["target"][:] = np.arange(7)
    assert record["time"][0] == 3.25
    assert record["signals"][0, 0] == -1.5
    assert record["target"][0].tolist() == list(range(7))


def test_a_page_is_handed_over_whole_and_what_lies_beside_it_stays() -> None:
    rng = np.random.default_rng(1)
    record = filled(rng)
    named = record.copy()
    pages = {("arms", "right"): arm_dtype(5), ("guided", "right"): guided_dtype(LAYOUT.guided[0])}
    for (part, arm), dtype in pages.items():
        page = Page(dtype)
        for name, field in page.fields.items():
            field[:] = rng.integers(0, 99, field.shape)
            named[part][arm][name] = field
        page.copy_to(record[part][arm])
    assert record.tobytes() == named.tobytes()
    assert record["arms"]["left"]["q"].any()
