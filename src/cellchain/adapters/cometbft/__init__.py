"""CometBFT on this machine: the program, its folder, its API, and what runs it."""
