"""What is done without a plan: first come, first served, and the dearest pair first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.allocation.values import Values

if TYPE_CHECKING:
    from cellchain.science.allocation.values import Integers

NOWHERE = -1


def first_come(values: Values, room: Integers) -> Integers:
    """Return the slot of each battery: in order, each goes where it is worth most of what is left.

    `NOWHERE` where no slot is left that it may go to.
    """
    left = room.copy()
    slot = np.full(len(values.cents), NOWHERE)
    for battery, cents in enumerate(values.cents):
        open_ = np.where(left > 0, cents, Values.BARRED)
        best = int(open_.argmax())
        if open_[best] > Values.BARRED:
            slot[battery] = best
            left[best] -= 1
    return slot


def greedy(values: Values, room: Integers) -> Integers:
    """Return the slot of each battery: the pair worth most first, whatever it takes away.

    `NOWHERE` where no slot is left.
    """
    left = room.copy()
    slot = np.full(len(values.cents), NOWHERE)
    order = np.argsort(-values.cents, axis=None, kind="stable")
    batteries, slots = np.unravel_index(order, values.cents.shape)
    for battery, one in zip(batteries.tolist(), slots.tolist(), strict=True):
        if (
            slot[battery] == NOWHERE
            and left[one] > 0
            and values.cents[battery, one] > Values.BARRED
        ):
            slot[battery] = one
            left[one] -= 1
    return slot
