"""A battery: its life line, what is said of it, what it does, where it comes from, whose it is."""

from cellchain.web.pages.battery.custody_forms import ACTIONS
from cellchain.web.pages.battery.showing import BATTERY

PAGES = (BATTERY,)

__all__ = ["ACTIONS", "PAGES"]
