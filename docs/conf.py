"""Sphinx: `make docs` builds the pages of this folder."""

project = "figmill"
author = "The figmill developers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "figmill"
myst_heading_anchors = 3
