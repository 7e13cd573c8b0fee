"""One folder or file per job that somebody does: they put rules, storage and science in order."""
