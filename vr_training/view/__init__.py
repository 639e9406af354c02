"""The training view: renderers, cameras, head-up display, window, still frames and video."""
