"""A guided exercise as a session's undertaking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from msgspec.structs import replace as with_settings

from control.loop import ControlLoop
from control.mailbox import Mailbox
from control.runner import Nobody, run_lockstep
from control.tick import GuidedLayout, TickLayout
from robotics.arm_config import arm_files
from robotics.config import find
from simulation.patients.scene import PatientScene
from steadyhand.facts import HAND, processor, program_version
from steadyhand.plants import SIMULATOR, through
from steadyhand.rehab.at_start import at_start
from steadyhand.rehab.build import build, prepare
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import plan
from steadyhand.rehab.scene import guided_scene
from steadyhand.rehab.worn import kept_rules
from vr_training.exercises.agenda import BEGINS_S
from vr_training.records.info import SessionInfo
from vr_training.stream.messages import SceneMessage
from vr_training.wearables.config import channel_names

SPARE_S = 10.0
"""Time that an exercise is given beyond the longest that its movements can take [s]."""


class ExerciseRun:
    """A guided exercise, planned.

    Args:
        order: What was asked for.

    Raises:
        SteadyhandError: It cannot be done; says why.
    """

    first_arm, driver = 0, "Patient"

    def __init__(self, order: ExerciseOrder) -> None:
        self.order, self.rig = order, plan(order)
        self.name = self.rig.exercise
        self.period_s = self.rig.config.period_s
        self._prepared = prepare(self.rig)
        self.duration_s = order.duration_s or self._prepared.bout.longest_s() + SPARE_S

    @property
    def driven_by(self) -> str:
        """Who is in the arm, in words."""
        rig = self.rig
        return f"{rig.patient.title}, {rig.side} arm, simulated; law: {rig.law_config.title}"

    def layout(self) -> TickLayout:
        """What its tick records look like."""
        rig = self.rig
        return TickLayout(
            arms=((rig.arm.name, rig.arm.chain.size),),
            objects=PatientScene.objects,
            signals=tuple(signal.name for signal in self._prepared.bout.signals),
            guided=(
                GuidedLayout(
                    arm=rig.arm.name,
                    size=rig.settings.coordinates.size,
                    cuffs=len(rig.arm.config.cuffs),
                    wearables=len(channel_names(self.order.wearables)),
                ),
            ),
        )

    def scene(self, session: str) -> SceneMessage:
        """Everything that a viewer needs to know."""
        layout = self.layout()
        return at_start(guided_scene(self.rig, self._prepared, layout, session), self.rig, self._prepared, layout)

    def info(self, session: str) -> SessionInfo:
        """What a recording says about how it was made."""
        rig, order = self.rig, self.order
        placement = rig.config.arms[0]
        laws = dict.fromkeys((order.law or rig.settings.law, *rig.settings.imposes.values()))
        files = [
            find("exercises", order.exercise),
            find("rigs", order.rig or rig.name),
            find("controllers", placement.controller or rig.config.controller),
            find("filters", rig.config.filter),
            *(find("laws", name) for name in laws),
            find("patients", order.patient),
            *(find("wearables", name) for name in order.wearables),
            *arm_files(placement.arm),
        ]
        return SessionInfo(
            session=session,
            task=rig.exercise,
            rig=rig.name,
            input="patient",
            filter=rig.config.filter,
            seed=order.seed,
            lockstep=order.lockstep,
            period_s=self.period_s,
            start_ns=0 if order.lockstep else time.time_ns(),
            version=program_version(),
            host=processor(),
            configs={
                **{f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in files},
                **kept_rules(order),
            },
            notes={
                HAND: self.driven_by,
                "Patient": rig.patient_name,
                "Law": rig.law,
                "Side": rig.side,
                "Repetitions": str(rig.repetitions),
                "Support": f"{rig.support:g}",
                **({"Wearables": ", ".join(channel_names(order.wearables))} if order.wearables else {}),
                **({"Joint": order.joint} if order.joint else {}),
                **({"Plant": order.plant} if order.plant != SIMULATOR else {}),
            },
        )

    def told(self, tick: np.void) -> str:
        """Which repetition it is, and what the patient is told to do."""
        names = [signal.name for signal in self._prepared.bout.signals]
        signals = tick["signals"]
        number = min(int(signals[names.index("repetition")]) + 1, self.rig.repetitions)
        words = self.rig.settings.words[int(signals[names.index("words")])]
        return f"{number} of {self.rig.repetitions}: {words}"

    def warm_up(self) -> None:
        """Run a throwaway episode into its first movement."""
        order = replace(self.order, gui=False, seed=0, wearables=(), board="")
        # Without the demonstration, during which no law acts: it may take longer than all of this.
        short = replace(self.rig, order=order, settings=with_settings(self.rig.settings, demonstrates=False))
        with build(short) as guided:
            guided.loop.power_on()
            run_lockstep(guided.loop, Nobody(), BEGINS_S + 1.0)

    @contextmanager
    def build(self, mailbox: Mailbox | None = None) -> Iterator[ControlLoop]:  # noqa: ARG002
        """Start the simulation and put the loop together."""
        with build(self.rig, through=through(self.order.plant)) as guided:
            yield guided.loop
