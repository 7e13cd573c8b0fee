"""A question sent straight to the driver answers as SQLAlchemy would, on both databases."""

from itertools import product

import pytest
from sqlalchemy import bindparam, select

from cellchain.contracts.passport.view.tables import BATTERY
from cellchain.ledger.question import COMPILED_MAX, Question, among
from tests.integration.views.given import demo

STATE, GENESIS = demo(8)
SORTS = ["pack", "module", "cell", "vehicle", "'", "nothing"]
STATUSES = ["in_service", "installed", "made", "retired", "registered"]
QUESTION = Question(
    select(BATTERY.c.battery)
    .where(
        among(BATTERY.c.sort, "sorts"),
        among(BATTERY.c.status, "statuses"),
        BATTERY.c.version >= bindparam("version"),
    )
    .order_by(BATTERY.c.battery)
)


@pytest.fixture
def db(opened):
    views = opened()
    views.catch_up(STATE, GENESIS)
    with views.read() as connection:
        yield connection


def test_lists_of_any_length_find_what_is_in_them(db):
    for sorts, statuses, version in product(range(7), range(6), (0, 1)):
        given = {"sorts": SORTS[:sorts], "statuses": STATUSES[:statuses], "version": version}
        wanted = select(BATTERY.c.battery).where(
            BATTERY.c.sort.in_(given["sorts"]),
            BATTERY.c.status.in_(given["statuses"]),
            BATTERY.c.version >= version,
        )
        found = db.execute(wanted.order_by(BATTERY.c.battery)).scalars().all()
        assert [name for (name,) in QUESTION.all(db, **given)] == found


def test_what_a_stranger_lists_is_no_memory_of_ours(db):
    question = Question(select(BATTERY.c.battery).where(
        among(BATTERY.c.sort, "a"), among(BATTERY.c.status, "b"), among(BATTERY.c.maker, "c")
    ))  # fmt: skip
    for sizes in product((1, 2, 4, 8, 16), repeat=3):
        question.all(db, **{name: ["x"] * n for name, n in zip("abc", sizes, strict=True)})
    assert len(question._compiled) <= COMPILED_MAX
