"""Use: three recorded drives, simulated, anchored window by window by the batteries themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.telemetry import Window
from cellchain.services.demo.play import Chapter, percent
from cellchain.services.demo.simulation import LAYOUT, drives
from cellchain.services.gateway.window import SealedWindow, StreamName, seal

if TYPE_CHECKING:
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play
    from cellchain.services.gateway.rows import Rows


def first_drive(play: Play) -> Chapter:
    """Anchor the drive after a month: all is well."""
    return _driven(play, 1, 30, "New and well", "All cells stand together.")


def second_drive(play: Play) -> Chapter:
    """Anchor the drive after three quarters of a year: the planted faults show."""
    text = "In some batteries something has gone wrong, planted for whoever looks for it."
    return _driven(play, 2, 240, "The first troubles", text)


def last_drive(play: Play) -> Chapter:
    """Anchor the drive after a year and a half."""
    text = "What the workshop mended is well again; the rest is as it was, or worse."
    return _driven(play, 3, 240, "Getting on in years", text)


def _driven(play: Play, drive: int, after_days: int, title: str, text: str) -> Chapter:
    stage, fleet = play.consortium, play.fleet
    stage.wait(after_days)
    days = play.days
    readings = drives(fleet, play.dice, drive, days=days, before_ms=stage.time_ms)
    windows = [
        _window(play, battery, rows, drive)
        for battery, rows in zip(fleet.recorded, readings, strict=True)
    ]
    for window in windows:
        play.windows.write_rows([window])
        play.windows.keep([window], None)
        stage.ask(window.stream.device, *window.messages)
    stage.seal()
    play.windows.mark_anchored([window.subject for window in windows])
    anchored = [stage.get(Window, window.subject) for window in windows]
    left = sorted(fleet.capacity_ppm(days))
    return Chapter(
        title=title,
        party="Everwheel Cars",
        text="An hour of readings of each recorded battery, simulated by our own cell model, is "
        f"fixed under a root that its device signs. {text}",
        figures=(
            ("windows", f"{len(anchored)}, simulated"),
            ("readings", f"{sum(w.count for w in anchored):,} of {len(LAYOUT.channels)} channels"),
            ("capacity left", f"{percent(left[0])} to {percent(left[-1])}"),
        ),
    )


def _window(play: Play, battery: Battery, rows: Rows, drive: int) -> SealedWindow:
    assert battery.device is not None
    stream = StreamName(
        device=battery.device, battery=battery.pack, boot=f"simulated-drive-{drive}"
    )
    secret = play.dice.secret(f"window {battery.device} {drive}")
    return seal(stream, rows, secret, expected=1)
