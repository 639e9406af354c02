"""PyBullet plants, worlds and tasks. May import `control` and `robotics`."""
