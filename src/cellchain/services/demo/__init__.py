"""The demo: a small consortium's story from mine to recycler, the same on every machine.

    dice      whatever would be random follows from the seed
    cast      ten parties
    recipe    what a battery is made of; supply: how much of everything that takes
    fleet     the batteries, what was planted in them, how they age; simulation: their readings
    chapters  what happens; each asks the parties to sign, seals blocks, and tells what came of it
    story     all of it in order; example: the proof at its end

Nothing here reads a clock, draws a number, or touches a disk. Ciphertexts and whatever else is
random by nature never reach the ledger.
"""

from cellchain.services.demo.dice import Dice
from cellchain.services.demo.example import example_proof
from cellchain.services.demo.play import Chapter
from cellchain.services.demo.story import HEADER_KEY, Told, demo_genesis, tell

__all__ = ["HEADER_KEY", "Chapter", "Dice", "Told", "demo_genesis", "example_proof", "tell"]
