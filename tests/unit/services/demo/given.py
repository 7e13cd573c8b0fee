"""The demo story told in memory: no disk, no home."""

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from cellchain.contracts import discover
from cellchain.contracts.governance import GOVERNING
from cellchain.contracts.membership.members import MEMBERS
from cellchain.ledger.application import Application
from cellchain.ledger.engine.solo import Solo
from cellchain.ledger.replay import stored_blocks
from cellchain.ledger.store import MemoryStore
from cellchain.services.demo import HEADER_KEY, Chapter, Dice, Told, demo_genesis, tell


class Windows:
    """A store of windows that keeps them in a list."""

    def __init__(self):
        self.written, self.kept, self.anchored = [], [], []

    def write_rows(self, windows):
        self.written += windows

    def keep(self, windows, _mark):
        assert self.written[-len(windows) :] == list(windows)
        self.kept += windows

    def mark_anchored(self, subjects):
        self.anchored += subjects


@dataclass
class Story:
    application: Application
    windows: Windows
    chapters: list[Chapter]
    told: Told

    @property
    def blocks(self):
        state = self.application.state
        return list(stored_blocks(state.store, state.head.height))

    def entries(self, *kinds):
        """Log entries of some kinds, in order."""
        entries = (msgspec.json.decode(e) for block in self.blocks for e in block.entries)
        return [e for e in entries if isinstance(e, dict) and e.get("kind") in kinds]

    def get(self, kind, subject):
        return self.application.state.draft().get(kind, subject)


def empty(seed, batteries):
    dice = Dice(seed)
    genesis = demo_genesis(dice, seed=seed, batteries=batteries, contracts=discover())
    return dice, Application(genesis, discover(), MEMBERS, MemoryStore(), GOVERNING)


def play(seed, batteries):
    dice, application = empty(seed, batteries)
    windows, chapters = Windows(), []
    solo = Solo(application, dice.key(HEADER_KEY))
    told = tell(solo, windows, dice, batteries, chapters.append)
    return Story(application, windows, chapters, told)


@lru_cache
def story(batteries=5, seed=1):
    """The same story for every test that only looks at it."""
    return play(seed, batteries)
