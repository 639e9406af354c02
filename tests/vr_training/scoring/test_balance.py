import numpy as np
import pytest

from vr_training.scoring.balance import balance, path_shares


def test_shares_are_those_of_the_paths(made, reach, seen):
    shares = path_shares(seen(made(reach(4.0, 0.03, 2.0), other=-reach(4.0, 0.09, 3.0))))
    assert shares == pytest.approx({"a": 0.25, "b": 0.75}, abs=1e-3)
    assert balance(shares) == pytest.approx(0.5, abs=2e-3)


def test_equal_paths_are_in_balance(made, reach, seen):
    path = reach(4.0, 0.03, 2.0)
    assert balance(path_shares(seen(made(path, other=path)))) == pytest.approx(1.0)


def test_one_arm_alone_has_no_balance(made, reach, seen):
    assert path_shares(seen(made(reach(4.0, 0.03, 2.0)))) == {}
    assert path_shares(seen(made(reach(4.0, 0.03, 2.0), other=np.zeros((4000, 3))))) == {}
