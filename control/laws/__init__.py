"""Rehabilitation laws, one a file: each turns what is asked of a patient, and what he does, into a force on his arm.

A law knows nothing of arms, joints or plants: it works in the coordinates of an exercise (`robotics.guidance`). It is
one module here (``Settings`` and a class that its ``build`` returns) and one file in ``configs/laws`` whose ``law``
names the module, so that one module may ship several laws. Gains stand in a table for each space, ``[joint]`` and
``[tip]``, with what it may give to a patient in ``[budget.joint]`` and ``[budget.tip]`` (`control.energy_tank`).

| config | module | what it does | source |
|---|---|---|---|
| passive | passive | moves the arm along the reference | Hogan 1985; gains of EMU (Fong et al. 2017) |
| passive_mirrored | passive_mirrored | moves it as the sound side moves | Lum et al. 2002 |
| active, active_damped | active | nothing, or light damping | ours |
| tunnel | path_guidance | walls about the path, free along it | Duschau-Wicke et al. 2010; EMU |
| tunnel_assisted, tunnel_resisted | path_guidance | the same with help or resistance along it | EMU |
| corrective | corrective | pulls back whoever leaves the path or goes the wrong way | ours |
| assist_on_hesitation | hesitation | pulls towards the goal whoever gets no further | after HOMER/PLUTO |
| wolbrecht | wolbrecht | learns what the patient cannot do, and forgets | Wolbrecht et al. 2008 |
| wolbrecht_no_forgetting | wolbrecht | the same without forgetting: patients slack | Wolbrecht et al. 2008 |
| minimal_aan | minimal_aan | estimates what he does, keeps the error within a bound | Pehlivan et al. 2016 |
| trial_by_trial | emken | stiffness from the last movement's error | Emken et al. 2007 |
| resistive_viscous, _elastic, _constant | resistive | resists | Marchal-Crespo and Reinkensmeyer 2009 |
| resistive_isokinetic | isokinetic | limits the speed | Hislop and Perrine 1967 |
| error_augmentation | error_augmentation | pushes away from the path | Patton et al. 2006 |
| locked | locked | holds the arm, also at rest | ours |

What all share is in `control.laws.base`: at `Moment.REST` they let go within ``release_s`` (but for those that hold),
after it they come in over ``engage_s``; at a new movement the force goes on from where it was; its norm stays within
``max_force``, and that of help within the guidance's share of it; what is not finite counts as rest.

The weight of the arm is carried by `control.laws.weight_support`, which is no law.

    >>> from control.laws import create
    >>> from robotics.guidance import Space
    >>> law = create("wolbrecht", Space.TIP, dims=2, dt=0.001)
    >>> law.assistance
    0.0
"""

from control.laws.law import Law, LawState
from control.laws.registry import LawConfig, create, load, names

__all__ = ["Law", "LawConfig", "LawState", "create", "load", "names"]
