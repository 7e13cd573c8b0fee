"""The frame around every page: its sheet, its navigation, its words, its drawings.

frame.html        the frame; a page extends it and fills the block ``main``
parts.html        macros: chip, proof link, empty state, problem box, facts, pager
filters           numbers, times, masses and names for people
languages         the nine languages of the public page
life, graph …     drawings, SVG as text
"""

from cellchain.web.frame.rendering import Frame

__all__ = ["Frame"]
