"""Plants that are real devices behind a serial port. May import `control` and `robotics`."""
