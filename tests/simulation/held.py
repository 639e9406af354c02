"""A PSM over a world, jaws down, around a thing: what the tests of grasps start from, the benchmarks' own scene."""

from benchmarks.held import CLOSING, DT, FIRM, PAD, RADIUS, Bench, bar, bench

__all__ = ["CLOSING", "DT", "FIRM", "PAD", "RADIUS", "Bench", "bar", "bench"]
