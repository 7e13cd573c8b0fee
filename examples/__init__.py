"""Programs that show what the library does, and write what the tutorials begin with."""
