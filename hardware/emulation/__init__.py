"""Boards that are emulated: as a process, on a simulated ATmega2560, on an emulated Cortex-M3."""
