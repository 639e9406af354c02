"""Our joint board: a protocol of its own over a serial line, and the host's side of it. The board's is `firmware`."""
