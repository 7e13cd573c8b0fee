"""Where to open sites that collect, sort or recycle, and which source each of them serves."""
