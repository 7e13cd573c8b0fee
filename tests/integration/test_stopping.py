"""Told to stop at the worst moment, a process stops."""

import subprocess
import sys

PROGRAM = """
import signal
from cellchain.app.stopping import until_told

stop = until_told()
with stop._cond:  # what waiting for it holds for a moment, again and again
    signal.raise_signal(signal.SIGTERM)
stop.wait()
"""


def test_a_signal_comes_while_the_event_is_locked():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=20)
