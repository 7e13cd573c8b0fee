"""One box for everything: an exact name leads to its page."""
