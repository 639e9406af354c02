"""Faults of serial lines on demand: in virtual time around a `Line`, in real time between two ttys; the same for both.

May import `hardware.serial_port`, `hardware.joint_board.lines` and what lies below.
"""
