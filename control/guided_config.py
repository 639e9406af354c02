"""A controller that guides a patient's arm, as configured: everything between law and joints that may be tuned."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from control.guard import GuardConfig
from robotics.config import Config

Gain = Annotated[float, Meta(ge=0)]


class GuidedConfig(Config, frozen=True, kw_only=True):
    """How an arm carries a law's force to a patient.

    Stiffness and damping of joints are those of the strongest joint; a weaker one has as much less as it is weaker, and
    no more damping than its inertia can bear in a control period (`GuidedArm`).

    Attributes:
        title: What it is for, in a sentence.
        engage_s: Time over which the law's force comes in [s].
        posture_nm_rad: Stiffness that holds the joints which an exercise does not move [Nm/rad].
        posture_nms_rad: Damping of them [Nm s/rad].
        redundant_nm_rad: Stiffness towards the start of what a tip's exercise leaves free [Nm/rad].
        damping_nms_rad: Damping of all joints, always [Nm s/rad].
        release_nms_rad: Damping of all joints after a stop: the arm is let go, it does not fall [Nm s/rad].
        settle_nm: Dry friction that brings the arm to rest after a stop, where the patient exerts less [Nm].
        wall_nm_rad: Stiffness of the wall at the end of the range that is allowed [Nm/rad].
        wall_nms_rad: Damping in it [Nm s/rad].
        brake_share: Share of a speed limit from which on the arm is braked; before the limit the brake is full.
        brake_force_share: Share of the force limit of a cuff that a full brake presses with.
        friction_share: Share of the drives' own Coulomb and viscous friction that is compensated.
        inertia_share: Share by which the patient's force is fed forward, so that the robot feels lighter: its inertia
            is divided by one plus this.
        virtual_inertia_kgm2: Inertia that a patient feels on an arm that cannot be back-driven [kg m^2].
        virtual_damping_nms_rad: Damping that he feels on it [Nm s/rad].
        home_speed_rad_s: Speed of going to the start [rad/s].
        guard: Bounds of the guard.
    """

    title: str
    engage_s: Annotated[float, Meta(gt=0, le=5)] = 0.5
    posture_nm_rad: Gain = 60.0
    posture_nms_rad: Gain = 3.0
    redundant_nm_rad: Gain = 5.0
    damping_nms_rad: Gain = 0.1
    release_nms_rad: Gain = 1.0
    settle_nm: Gain = 1.5
    wall_nm_rad: Gain = 150.0
    wall_nms_rad: Gain = 3.0
    brake_share: Annotated[float, Meta(gt=0, lt=1)] = 0.6
    brake_force_share: Annotated[float, Meta(ge=0, le=1)] = 0.7
    friction_share: Annotated[float, Meta(ge=0, le=1)] = 0.8
    inertia_share: Annotated[float, Meta(ge=0, le=3)] = 0.5
    virtual_inertia_kgm2: Annotated[float, Meta(gt=0)] = 0.02
    virtual_damping_nms_rad: Gain = 0.1
    home_speed_rad_s: Annotated[float, Meta(gt=0, le=1)] = 0.2
    guard: GuardConfig = GuardConfig()
