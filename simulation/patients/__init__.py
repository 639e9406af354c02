"""Simulated patients: a model of body, impairment and will behind one class. May import `robotics` alone.

`Patient` is driven by cuffs' wrenches and by what an exercise shows him; `PatientConfig` says who he is. Each part of
the model is a module with a section of the configuration, an entry into the parameters, and its kernels.
"""

from simulation.patients.config import PatientConfig
from simulation.patients.patient import Patient

__all__ = ["Patient", "PatientConfig"]
