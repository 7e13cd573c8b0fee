"""A process that runs until it is told to stop."""

from __future__ import annotations

import signal
from queue import SimpleQueue
from threading import Event, Thread


def until_told() -> Event:
    """Return what SIGINT or SIGTERM sets, from now on.

    A handler runs in the main thread between any two instructions, also while that thread holds the
    lock of the event it waits for: to set the event there may block for ever. A queue takes a value
    at any time, and another thread sets the event.
    """
    stop, told = Event(), SimpleQueue[None]()

    def listen() -> None:
        told.get()
        stop.set()

    Thread(target=listen, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.put(None))
    return stop
