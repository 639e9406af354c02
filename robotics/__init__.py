"""Arms, kinematics, dynamics, frames, trajectories, the human arm, and the contracts between the parts.

Imports nothing of ours from above.
"""
