import numpy as np

from cellchain.services.demo import Dice


def test_the_same_seed_answers_the_same():
    assert Dice(7).secret("a") == Dice(7).secret("a")
    assert Dice(7).key("mine").key_id == Dice(7).key("mine").key_id
    assert (Dice(7).spread((3, 4), "b") == Dice(7).spread((3, 4), "b")).all()


def test_another_seed_or_question_answers_otherwise():
    answers = {Dice(1).secret("a"), Dice(2).secret("a"), Dice(1).secret("b"), Dice(1).salt("a")}
    assert len(answers) == 4


def test_numbers_are_spread_over_their_range():
    numbers = Dice(1).spread((10_000,), "spread")
    assert -1 <= numbers.min() < -0.99
    assert 0.99 < numbers.max() < 1
    assert abs(np.mean(numbers)) < 0.03
    throws = [Dice(1).below(6, f"throw {n}") for n in range(300)]
    assert set(throws) == set(range(6))


def test_letters_are_those_of_a_serial_number():
    assert len(Dice(1).letters(3, "x")) == 3
    assert not set("IO") & set(Dice(1).letters(30, "y"))
