"""The training view in a browser: the same scene as glTF, the same states over a WebSocket, hands on the way back.

May import `vr_training.stream`, `vr_training.view`, `control` and `robotics`. It knows no page: whoever serves pages
mounts `relay` and hands out `static`.
"""
