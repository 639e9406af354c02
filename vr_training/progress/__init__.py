"""What remains of lessons after they were done: references, proficiency, curriculum and learning curves.

Pure functions of tries (`vr_training.records.attempt.Attempt`) and references; may import `robotics` and
`vr_training.records`. Where tries are kept is `vr_training.records.index`.
"""
