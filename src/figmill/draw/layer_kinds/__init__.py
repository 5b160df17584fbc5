"""How figmill's own layers are drawn: `VLine` in the module vline, and so on for each.

The module's ``KIND`` is all that the rest of figmill knows of it; see `figmill.draw.LayerKind`.
"""
