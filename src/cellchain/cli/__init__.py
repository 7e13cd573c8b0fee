"""The command line: one file per group of verbs, each translating words into one service call."""
