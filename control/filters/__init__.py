"""Tremor filters behind one contract, made by name.

A filter is one module here (``Settings`` and a class that its ``build`` returns) and one file in ``configs/filters``
whose ``kind`` names the module, so that one module may ship several presets. It may declare what a search may turn,
``TUNABLE = {"cutoff_hz": (low, high, logarithmic), "gate.watch_s": ...}``; see `control.tremor.dials`.

    >>> from control.filters import create
    >>> f = create("butterworth", rate_hz=1000.0, axes=3)
    >>> f.update([0.0, 0.0, 0.0])
    array([0., 0., 0.])
"""

from control.filters.registry import available, create, describe

__all__ = ["available", "create", "describe"]
