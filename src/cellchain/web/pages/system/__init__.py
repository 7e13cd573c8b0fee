"""The server itself: is it well, how large is it, what does it run."""
