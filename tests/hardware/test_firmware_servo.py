"""The firmware's servo in integers is the spring and damper that its settings say, for errors of every size."""

from __future__ import annotations

import numpy as np
import pytest
from boards import needs_gcc, psm_description

from hardware.emulation.native_board import NativeBoard
from hardware.firmware.joint_table import joints_of
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Configure, SafeBehaviour
from hardware.joint_board.plant import JointBoardPlant, LinkState
from robotics.arm_config import load_arm_config
from robotics.contracts import Command, DriveMode
from robotics.errors import DeviceError

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
TABLE = joints_of(load_arm_config("psm"))


def until_armed(plant: JointBoardPlant) -> None:
    """Have the board armed, and not told anything to do yet: it holds its joints."""
    for _ in range(50):
        where = plant.read().q.copy()
        if plant.state is LinkState.ARMED:
            return
        plant.write(Command(DriveMode.POSITION, where, np.zeros(N), np.zeros(N)))
    raise AssertionError(f"the board is {plant.state.value}")


def efforts(units: np.ndarray, speeds: np.ndarray | None = None, repeat: int = 1) -> np.ndarray:
    """Efforts of an armed board that holds, as all joints are off by so many units of position and move so fast."""
    board = NativeBoard(bench=False)
    with JointBoardPlant(DESCRIPTION, VirtualLine(board), 0.001) as plant:
        middle = [(joint.lower + joint.upper) // 2 for joint in TABLE]
        for j, q in enumerate(middle):
            board.sensed[j].q = q
        plant._line.period(0.005)
        until_armed(plant)
        for j, q in enumerate(middle):
            board.sensed[j].q = q - int(units[j])
            board.sensed[j].dq = 0 if speeds is None else int(speeds[j])
        plant._line.period(0.001 * repeat)
        return np.array([board.driven[j].effort for j in range(N)])


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.4, 0.9])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_spring_has_its_stiffness_whatever_the_error(share: float, sign: int):
    """Errors that take a share of the effort, as far as a joint can be off in a step without a doubtful encoder."""
    stiffness = np.array([joint.stiffness for joint in TABLE])
    effort = np.array([joint.effort for joint in TABLE])
    jump = np.array([7.9 * joint.velocity * joint.dq_unit * 1e-9 / 1e-7 * 1e-3 for joint in TABLE])
    units = sign * np.minimum(np.round(share * effort * 2**20 / stiffness), np.floor(jump))
    expected = units * stiffness / 2**20
    np.testing.assert_allclose(efforts(units), expected, rtol=0.012, atol=2.0)


def test_the_damper_has_its_damping():
    damping = np.array([joint.damping for joint in TABLE])
    effort = np.array([joint.effort for joint in TABLE])
    speeds = np.minimum(np.round(0.3 * effort * 2**10 / damping), [0.5 * joint.velocity for joint in TABLE]).astype(int)
    np.testing.assert_allclose(efforts(np.zeros(N), speeds), -speeds * damping / 2**10, rtol=0.012, atol=2.0)


def test_no_effort_is_beyond_its_limit():
    jump = np.array([7 * joint.velocity * joint.dq_unit * 1e-9 / 1e-7 * 1e-3 for joint in TABLE])
    found = efforts(jump, np.array([-joint.velocity for joint in TABLE]))
    assert (np.abs(found) <= [joint.effort for joint in TABLE]).all()
    assert (found > 0).all()


def test_a_step_of_the_goal_is_gone_to_without_passing_a_limit_of_speed():
    board = NativeBoard()
    goal = np.array([0.5, 0.4, 0.1, 1.0, 0.5, 0.5, 0.5])
    with JointBoardPlant(DESCRIPTION, VirtualLine(board), 0.001) as plant:
        fastest = np.zeros(N)
        for _ in range(1500):
            fastest = np.maximum(fastest, np.abs(plant.read().dq))
            plant.write(Command(DriveMode.POSITION, goal, np.zeros(N), np.zeros(N)))
        np.testing.assert_allclose(plant.read().q, goal, atol=2e-3)
    assert (fastest <= 1.25 * DESCRIPTION.velocity).all()
    assert (fastest[:3] > 0.5 * DESCRIPTION.velocity[:3]).all()


def test_settings_that_would_not_fit_into_its_integers_are_refused():
    with JointBoardPlant(DESCRIPTION, VirtualLine(NativeBoard()), 0.001) as plant:
        joint = plant.conversation.joints[0]
        for stiffness, damping in ((2**27, 1), (1, 2**25)):
            asked = Configure(
                0, SafeBehaviour.DAMP, joint.lower, joint.upper, joint.velocity, joint.effort, joint.tracking,
                stiffness, damping,
            )  # fmt: skip
            with pytest.raises(DeviceError, match="wrong value"):
                plant._ask(asked)
