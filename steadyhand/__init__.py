"""The door: the command line, and the one place that builds a rig from its config and wires the parts."""
