"""A node proposes as much at once as its own proposals have shown to be decided in time."""

from cellchain.ledger.engine.comet.window import FIRST_BYTES, LEAST_BYTES, STEP_BYTES, Window

MOST, LEAST = 4 << 20, 64 << 10


def full(window, height):
    """What fills the window at a height, of more that waits."""
    room = window.room(height, most=MOST, least=LEAST)
    chosen = [b"t" * room]
    window.offered(height, chosen, of=[*chosen, b"more"])
    return chosen


def test_a_full_block_that_was_decided_lets_the_next_be_larger():
    window = Window()
    window.decided(1, full(window, 1))
    window.decided(1, [b"told again"])
    assert window.room(2, most=MOST, least=LEAST) == FIRST_BYTES + STEP_BYTES


def test_one_that_was_not_halves_it_and_so_does_being_asked_again():
    window = Window()
    full(window, 1)
    window.decided(1, [b"of another"])
    assert window.size == FIRST_BYTES // 2
    full(window, 2)
    assert window.room(2, most=MOST, least=LEAST) == LEAST_BYTES == FIRST_BYTES // 4


def test_what_was_small_failed_for_another_reason_and_has_shown_nothing_when_decided():
    window = Window()
    for height, decided in ((1, [b"of another"]), (2, [b"small"])):
        window.room(height, most=MOST, least=LEAST)
        window.offered(height, [b"small"], of=[b"small"])
        window.decided(height, decided)
        assert window.size == FIRST_BYTES


def test_blocks_of_others_say_nothing():
    window = Window()
    window.decided(1, [b"of another"])
    assert window.size == FIRST_BYTES


def test_it_stays_between_one_transaction_and_what_was_agreed_on():
    window = Window()
    for height in range(1, 200):
        window.decided(height, full(window, height))
    assert window.room(200, most=MOST, least=LEAST) == MOST
    for height in range(200, 220):
        full(window, height)
        window.decided(height, [])
    assert window.room(220, most=MOST, least=LEAST) == LEAST_BYTES
    assert window.room(220, most=MOST, least=2 * LEAST_BYTES) == 2 * LEAST_BYTES
    assert window.room(220, most=1000, least=2 * LEAST_BYTES) == 1000
