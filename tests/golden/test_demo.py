"""The story of seed 1 with three batteries, as one hash: a change here is a decision.

It changes with any rule, encoding, parameter, recipe or equation of the demo. It must not change
with the processor, the release of NumPy, or the order of a hash table.
"""

from tests.unit.services.demo.given import story

APP_HASH = "1d27fdb3f94916d02f0cf94e628594e5d9f575bb93caead1c1cc532529a7a638"


def test_the_story_of_seed_1_with_three_batteries():
    told = story(3, 1).told
    assert told.height == 34
    assert told.app_hash == APP_HASH
