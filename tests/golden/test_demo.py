"""The story of seed 1 with three batteries, as one hash: a change here is a decision.

It changes with any rule, encoding, parameter, recipe or equation of the demo. It must not change
with the processor, the release of NumPy, or the order of a hash table.
"""

from tests.unit.services.demo.given import story

APP_HASH = "27a7a62d23535836aabb9f606fec32812083ac583d8bc070ab2cd2b8527fe838"


def test_the_story_of_seed_1_with_three_batteries():
    told = story(3, 1).told
    assert told.height == 34
    assert told.app_hash == APP_HASH
