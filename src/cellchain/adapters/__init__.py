"""One file per outside thing: store, disk, clock, processes, sockets. No rules."""
