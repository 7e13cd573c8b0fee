"""The story of seed 1 with three batteries, as one hash: a change here is a decision.

It changes with any rule, encoding, parameter, recipe or equation of the demo. It must not change
with the processor, the release of NumPy, or the order of a hash table.
"""

from tests.unit.services.demo.given import story

APP_HASH = "82efac43780509b71e4f3115ae3e5e89eda632d15546ee62906cc76e09e5bb5d"


def test_the_story_of_seed_1_with_three_batteries():
    told = story(3, 1).told
    assert told.height == 34
    assert told.app_hash == APP_HASH
