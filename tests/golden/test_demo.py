"""The story of seed 1 with three batteries, as one hash: a change here is a decision.

It changes with any rule, encoding, parameter, recipe or equation of the demo. It must not change
with the processor, the release of NumPy, or the order of a hash table.
"""

from tests.unit.services.demo.given import story

APP_HASH = "60f69aa864c36de185c5ac9b7354a76dee31e989237e49d41a31b2b4c4c3df8e"


def test_the_story_of_seed_1_with_three_batteries():
    told = story(3, 1).told
    assert told.height == 34
    assert told.app_hash == APP_HASH
