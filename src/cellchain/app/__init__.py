"""The roof: the one place where adapters are plugged into ports.

workshop    what the command line works with
serving     what the pages and the API work with
"""

from cellchain.app.workshop import Cellchain, main

__all__ = ["Cellchain", "main"]
