"""From the control loop to whoever looks on: the hub, its messages, and the client that attaches to it."""
