"""Tremor: what hands do, made and recorded, and how well a filter takes it away.

The evaluation set (`records`, `stationary`), the metrics, the bound that no causal filter beats, and the reading of
anyone's recording. May import `robotics` and the rest of `control`.

    >>> from control.tremor import records
    >>> [record.kind for record in records("surgical", "test", 3, seconds=2.0)]
    ['gestures', 'reaches', 'holds']
"""

from control.tremor.draws import SPLITS, Split
from control.tremor.records import Record, records, stationary
from control.tremor.scales import SCALES, Scale

__all__ = ["SCALES", "SPLITS", "Record", "Scale", "Split", "records", "stationary"]
