"""The story of seed 1 with three batteries, as one hash: a change here is a decision.

It changes with any rule, encoding, parameter, recipe or equation of the demo. It must not change
with the processor, the release of NumPy, or the order of a hash table.
"""

from tests.unit.services.demo.given import story

APP_HASH = "cb594733ebfe1e8493e7a4b5c4c6b6696e58d4d7c3555b3261764a3453cb8f83"


def test_the_story_of_seed_1_with_three_batteries():
    told = story(3, 1).told
    assert told.height == 34
    assert told.app_hash == APP_HASH
