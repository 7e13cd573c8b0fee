"""Whatever two companies try with lots, items and hands, every invariant holds after every step.

Names are few and masses small, so that random messages meet: most histories hold acceptances and
refusals of many kinds (a test below counts them).
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cellchain.contracts import assembly, custody, discover, material, membership
from cellchain.core.names import battery_id
from cellchain.core.quantities import PPM
from cellchain.ledger.contract import GENESIS, record_of
from tests.given import NOON_MS, Ledger

ESCROW = "contract:assembly"
STOCK_MG, STOCK_CO_PPM = 250, 300_000
GROWN_AT_MOST_PPM = 1_020_202
"""e^0.02, rounded up: what elements may grow by along any chain of runs."""
EVERY_ROLE = tuple(role for role in membership.ROLES if role not in ("authority", "operator"))
COMPANIES = ("ann", "bob")
RECORD_OF = {event: record_of(event) for c in discover().values() for event in c.events}

companies = st.sampled_from(COMPANIES)
lots = st.sampled_from(["L0", "L1", "L2", "L3", "L0", "L1", "L2", "L3", "N0", "N1"])
"""Four that are there, and two that may come to be."""
new_lots = st.sampled_from([f"N{number}" for number in range(30)] + ["L0"])
cells = [battery_id("09506000134352", f"C{number}") for number in range(6)]
packs = [battery_id("09506000134352", f"P{number}") for number in range(3)]
"""The last of each are not made yet."""
items = st.sampled_from(cells + packs)
masses = st.integers(1, 150)
times = st.sampled_from([3, 3, 3, 3, 1, 0]).map(lambda step: NOON_MS + step)
shares = st.fixed_dictionaries({}, optional={"Co": st.sampled_from([300_000, 303_000, 600_000, 9])})
runs = st.integers(0, 99).map(lambda number: f"R{number}")
changes = st.sampled_from([custody.EVERYTHING, custody.EVERYTHING, ("holder",), ("owner",)])


@st.composite
def transforms(draw):
    inputs = draw(st.lists(st.tuples(lots, masses), min_size=1, max_size=2))
    names = draw(st.lists(new_lots, min_size=1, max_size=2, unique=True))
    added_mg = draw(st.sampled_from([0, 0, 7]))
    total = sum(mass for _, mass in inputs) + added_mg
    most = max(1, total // len(names))
    each = draw(st.just(most) | st.integers(1, most))
    outputs = tuple(
        material.Output(lot=name, material="m", mass_mg=each, assay_ppm=draw(shares))
        for name in names
    )
    return material.Transform(
        run=draw(runs),
        process="mix",
        site="works",
        time_ms=draw(times),
        inputs=tuple(inputs),
        outputs=outputs,
        added_mg=added_mg,
        added="water" if added_mg else "",
        loss_mg=total - each * len(names) + draw(st.sampled_from([0, 0, 0, 1])),
        uncertainty_ppm=draw(st.sampled_from([0, 20_000])),
    )


@st.composite
def recyclings(draw):
    mass_mg = draw(st.integers(1, 50))
    loss_mg = draw(st.sampled_from([50, 70, 120])) - mass_mg
    output = material.Output(
        lot=draw(new_lots), material="m", mass_mg=mass_mg, assay_ppm=draw(shares)
    )
    return assembly.Recycle(
        items=(draw(items),),
        run=draw(runs),
        process="shred",
        site="works",
        time_ms=draw(times),
        outputs=(output,),
        loss_mg=loss_mg,
    )


portions = st.lists(st.tuples(lots, masses), min_size=1, max_size=2).map(tuple)
parts = st.lists(st.tuples(new_lots, masses), min_size=1, max_size=2).map(tuple)
some_items = st.lists(items, min_size=1, max_size=2).map(tuple)
some_cells = st.sampled_from(cells[:4]).map(lambda cell: (cell,))
sorts = dict.fromkeys(cells, "cell") | dict.fromkeys(packs, "pack")
messages = st.one_of(
    st.builds(
        material.Create,
        lot=new_lots,
        material=st.just("m"),
        mass_mg=masses,
        assay_ppm=shares,
        site=st.just("store"),
        time_ms=times,
    ),
    st.builds(material.Split, run=runs, lot=lots, parts=parts, time_ms=times),
    st.builds(
        material.Blend, run=runs, inputs=portions, lot=new_lots, site=st.just("s"), time_ms=times
    ),
    transforms(),
    st.builds(material.Consume, lot=lots, mass_mg=masses, use=st.just("test"), time_ms=times),
    st.builds(material.Offer, lot=lots, receiver=companies),
    st.builds(material.Accept, lot=lots),
    items.flatmap(
        lambda item: st.builds(
            assembly.Make,
            sort=st.just(sorts[item]),
            items=st.just((item,)),
            lots=portions,
            loss_mg=st.integers(0, 3),
            time_ms=times,
        )
    ),
    st.builds(assembly.Assemble, whole=st.sampled_from(packs[:2]), parts=some_cells, time_ms=times),
    st.builds(
        assembly.Disassemble, whole=st.sampled_from(packs[:2]), parts=some_cells, time_ms=times
    ),
    st.builds(
        assembly.Swap,
        whole=st.sampled_from(packs[:2]),
        removed=some_cells,
        installed=some_cells,
        time_ms=times,
    ),
    st.builds(assembly.Commission, battery=items, time_ms=times),
    st.builds(assembly.Retire, battery=items, reason=st.just("lost"), time_ms=times),
    recyclings(),
    st.builds(custody.Offer, battery=items, receiver=companies, changes=changes),
    st.builds(custody.Accept, battery=items, changes=changes),
    st.one_of(
        st.builds(custody.Cancel, battery=items),
        st.builds(custody.Release, battery=items, whole=items),
    ),
)
whoever = st.sampled_from(["ann", "bob", "fit", "fit", "fit", "fit"])
"""Who sends: one of the companies, or the one that the book would let."""
transactions = st.tuples(whoever, st.lists(messages, min_size=1, max_size=2))
histories = st.lists(transactions, min_size=5, max_size=30)


def opening() -> Ledger:
    """Two companies, each with two lots, two cells and a pack; one cell is installed."""
    ledger = Ledger(time_ms=NOON_MS + 3)
    for name in COMPANIES:
        party = membership.RegisterParty(
            party=name, name=name, roles=EVERY_ROLE, key=name.encode().hex().rjust(64, "0")
        )
        ledger.must(GENESIS, party)
    for number, company in enumerate(COMPANIES):
        mine, other = f"L{number}", f"L{number + 2}"
        twice = (cells[number], cells[number + 2])
        ledger.must(
            company,
            stock(mine),
            stock(other),
            assembly.Make(sort="cell", items=twice, lots=((mine, 50),), time_ms=NOON_MS),
            assembly.Make(
                sort="pack", items=(packs[number],), lots=((other, 70),), time_ms=NOON_MS
            ),
        )
    ledger.must("ann", assembly.Assemble(whole=packs[0], parts=(cells[0],), time_ms=NOON_MS))
    return ledger


def stock(lot):
    return material.Create(
        lot=lot,
        material="m",
        mass_mg=STOCK_MG,
        assay_ppm={"Co": STOCK_CO_PPM},
        site="s",
        time_ms=NOON_MS,
    )


class Balance:
    """What came into the book and what left it, counted from events alone."""

    def __init__(self):
        self.came_mg = self.gone_mg = 0
        self.elements = Counter()

    def count(self, ledger, events):
        for event in events:
            match event:
                case material.Created():
                    self.came_mg += event.mass_mg
                    for element, share in event.assay_ppm.items():
                        self.elements[element] += event.mass_mg * share
                case material.Ran():
                    self.came_mg += event.added_mg
                    self.gone_mg += event.loss_mg
                case assembly.Made():
                    self.gone_mg += sum(mass for _, mass in event.lots) - event.mass_mg
                case material.Consumed(use="test"):
                    self.gone_mg += event.mass_mg
                case assembly.Retired(reason="lost"):
                    self.gone_mg += ledger.get(assembly.Item, event.battery).mass_mg
                case _:
                    pass


def sender_of(ledger: Ledger, who: str, message) -> str:
    """Return ``who``, or where that is nobody yet, the one that ``message`` would suit."""
    if who != "fit":
        return who
    for name in ("whole", "battery", "lot"):
        subject = getattr(message, name, None)
        for sort in (material.Lot, custody.Custody):
            record = ledger.get(sort, subject)
            if record is not None:
                taking = isinstance(message, material.Accept | custody.Accept)
                return (taking and record.offered_to) or record.holder
    for lot, _ in getattr(message, "inputs", getattr(message, "lots", ())):
        record = ledger.get(material.Lot, lot)
        return record.holder if record else "ann"
    for item in getattr(message, "items", ()):
        record = ledger.get(custody.Custody, item)
        return record.holder if record else "bob"
    return "ann"


def play(ledger: Ledger, step):
    who, transaction = step
    return ledger.send(sender_of(ledger, who, transaction[0]), *transaction)


def records_of(ledger, sort):
    return {subject: r for (kind, subject), r in ledger.records.items() if kind is sort}


def check_invariants(ledger: Ledger, balance: Balance) -> None:
    found = records_of(ledger, material.Lot)
    all_items = records_of(ledger, assembly.Item)
    alone = [i for i in all_items.values() if i.whole is None and i.retired_ms is None]
    for lot in found.values():
        assert 0 <= lot.consumed_mg <= lot.mass_mg
    there_mg = sum(lot.remaining_mg for lot in found.values()) + sum(i.mass_mg for i in alone)
    assert there_mg + balance.gone_mg == balance.came_mg
    elements = Counter()
    for lot in found.values():
        for element, share in lot.assay_ppm.items():
            elements[element] += lot.remaining_mg * share
    for item in alone:
        for element, mass_mg in item.elements_mg.items():
            elements[element] += mass_mg * PPM
    for element, there in elements.items():
        assert there * PPM <= balance.elements[element] * GROWN_AT_MOST_PPM
    assert all(lot.gained_ppm <= material.UNCERTAINTY_MAX_PPM for lot in found.values())
    check_hands(ledger, all_items)
    check_genealogy(ledger, found)


def check_hands(ledger, all_items):
    listed = Counter(part for item in all_items.values() for part in item.parts)
    assert all(count == 1 for count in listed.values())
    for battery, item in all_items.items():
        hands = ledger.get(custody.Custody, battery)
        assert (listed[battery] == 1) == (item.whole is not None)
        assert item.whole is None or battery in all_items[item.whole].parts
        if item.whole is not None:
            assert {hands.owner, hands.holder, hands.responsible} == {ESCROW}
        elif item.retired_ms is None:
            assert {hands.owner, hands.holder, hands.responsible} <= {*COMPANIES}
        else:
            assert hands.holder == ESCROW


def check_genealogy(ledger, found):
    for run in records_of(ledger, material.Run).values():
        for lot, _ in run.inputs:
            assert found[lot].made_ms <= run.time_ms
        assert {lot for lot, _ in run.inputs}.isdisjoint(lot for lot, _ in run.outputs)


@settings(max_examples=100)
@given(histories)
def test_every_history(history):
    ledger = opening()
    balance = Balance()
    balance.came_mg = 4 * STOCK_MG
    balance.elements["Co"] = 4 * STOCK_MG * STOCK_CO_PPM
    replayed = dict(ledger.records)
    for step in history:
        before = dict(ledger.records)
        outcome = play(ledger, step)
        assert outcome.code != "ledger.broken_rule", outcome.text
        if outcome.code:
            assert ledger.records == before
        balance.count(ledger, outcome.events)
        check_invariants(ledger, balance)
        for event in outcome.events:
            place = RECORD_OF[type(event)], getattr(event, event.subject_field)
            replayed[place] = event.evolve(replayed.get(place))
    assert {place: r for place, r in replayed.items() if r is not None} == ledger.records


def test_histories_are_rich():
    counts = Counter()

    @settings(max_examples=400, database=None, derandomize=True)
    @given(histories)
    def play_all(history):
        ledger = opening()
        for step in history:
            outcome = play(ledger, step)
            counts[outcome.code or "done"] += 1
            counts.update(type(event).__name__ for event in outcome.events)

    play_all()
    assert counts["done"] > 50
    assert len([word for word in counts if "." in word]) > 15
    for happened in ("Accepted", "Assembled", "Disassembled", "Made", "Ran", "Retired"):
        assert counts[happened] > 0, happened


def touched(outcome):
    return {*outcome.reads, *outcome.changed}


def run_alone(base, step):
    ledger = Ledger(records=dict(base), time_ms=NOON_MS + 3)
    return play(ledger, step), ledger


HAND_OVERS = (
    ("ann", [custody.Offer(battery=packs[0], receiver="bob")]),
    ("bob", [custody.Offer(battery=packs[1], receiver="ann")]),
)
USES = (
    ("ann", [material.Consume(lot="L0", mass_mg=9, use="test", time_ms=NOON_MS)]),
    ("bob", [material.Consume(lot="L1", mass_mg=9, use="test", time_ms=NOON_MS)]),
)


@settings(max_examples=120)
@example([], *HAND_OVERS)
@example([], *USES)
@given(histories, transactions, transactions)
def test_what_touches_nothing_in_common_commutes(history, first, second):
    ledger = opening()
    for step in history:
        play(ledger, step)
    first, second = (
        (sender_of(ledger, who, transaction[0]), transaction)
        for who, transaction in (first, second)
    )
    one, after_one = run_alone(ledger.records, first)
    two, after_two = run_alone(ledger.records, second)
    assume(touched(one).isdisjoint(two.changed) and touched(two).isdisjoint(one.changed))
    then_two = after_one.send(second[0], *second[1])
    then_one = after_two.send(first[0], *first[1])
    assert after_one.records == after_two.records
    assert (then_one.code, then_two.code) == (one.code, two.code)
    assert (then_one.entries, then_two.entries) == (one.entries, two.entries)


def test_the_examples_of_commuting_do_something():
    base = opening().records
    for pair in (HAND_OVERS, USES):
        outcomes = [run_alone(base, step)[0] for step in pair]
        assert [outcome.code for outcome in outcomes] == ["", ""]
        for left, right in pairwise(outcomes):
            assert touched(left).isdisjoint(right.changed)


@given(st.permutations([("L0", 90), ("L0", 70), ("L0", 60), ("L0", 30)]))
def test_a_lot_is_never_spent_twice_in_any_order(uses):
    ledger = opening()
    left_mg = ledger.get(material.Lot, "L0").remaining_mg
    spent_mg = 0
    for lot, mass_mg in uses:
        use = material.Consume(lot=lot, mass_mg=mass_mg, use="test", time_ms=NOON_MS)
        code = ledger.code("ann", use)
        assert code == ("" if mass_mg <= left_mg - spent_mg else "material.over_consumed")
        spent_mg += 0 if code else mass_mg
    assert ledger.get(material.Lot, "L0").remaining_mg == left_mg - spent_mg
