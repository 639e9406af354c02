"""The firmware on a simulated ATmega2560. `harness.c` is linked with libsimavr (GPL), compiled where it is used."""
