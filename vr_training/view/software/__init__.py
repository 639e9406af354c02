"""The software renderer: runs anywhere, on one core, without a graphics card or a display.

Triangles are rasterised and lit by compiled kernels; for stills, Open3D's Embree scene adds rays for soft shadows and
ambient occlusion. `SoftwareRenderer` is the door.
"""

from vr_training.view.software.renderer import Quality, SoftwareRenderer

__all__ = ["Quality", "SoftwareRenderer"]
