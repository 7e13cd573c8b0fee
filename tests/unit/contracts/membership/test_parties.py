"""Parties, their keys, devices, mandates and licences."""

import pytest

from cellchain.contracts import membership as m
from cellchain.core.errors import Refused
from cellchain.ledger.contract import GENESIS
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium, key, unit

DIGEST = "ab" * 32
NEW = key("new")


def register(party="new", roles=("carrier",), name="New", secret="new"):
    return m.RegisterParty(party=party, name=name, roles=roles, key=key(secret))


def licence(**changed):
    fields = {
        "licence": "L-1",
        "holder": "mine",
        "activity": "mining",
        "site": "pit",
        "capacity_mg": 1,
        "valid_from_ms": NOON_MS,
        "valid_until_ms": NOON_MS + 1,
    }
    return m.GrantLicence(**fields | changed)


def delegate(**changed):
    fields = {
        "agent": "lab",
        "scope": ("passport",),
        "until_ms": NOON_MS + 5,
        "mandate": DIGEST,
    }
    return m.Delegate(**fields | changed)


def test_a_party_enters_with_its_first_key():
    ledger = consortium()
    ledger.must("law", register())
    assert ledger.get(m.Party, "new") == m.Party(name="New", roles=("carrier",))
    assert ledger.get(m.Key, NEW) == m.Key(party="new", valid_from_ms=NOON_MS)


def test_a_rotated_key_ends_where_the_new_one_begins():
    ledger = consortium()
    ledger.must("lab", m.AddKey(key=NEW, purposes=("document", "passport")))
    ledger.must("lab", m.RotateKey(old=NEW, new=DIGEST))
    assert ledger.get(m.Key, NEW).valid_until_ms == NOON_MS
    assert ledger.get(m.Key, DIGEST) == m.Key(
        party="lab", purposes=("document", "passport"), valid_from_ms=NOON_MS
    )


def test_a_rotated_key_keeps_its_end():
    ledger = consortium()
    ledger.must("lab", m.AddKey(key=NEW, valid_until_ms=NOON_MS + 9), key=key("lab"))
    ledger.must("lab", m.RotateKey(old=NEW, new=DIGEST), key=NEW)
    assert ledger.get(m.Key, DIGEST).valid_until_ms == NOON_MS + 9


def limited():
    """The laboratory, with an unlimited key, and one for two contracts until a moment."""
    ledger = consortium()
    add = m.AddKey(key=NEW, purposes=("membership", "passport"), valid_until_ms=NOON_MS + 9)
    ledger.must("lab", add, key=key("lab"))
    return ledger


def add_key(*purposes, until_ms=NOON_MS + 9):
    return m.AddKey(key=DIGEST, purposes=purposes, valid_until_ms=until_ms)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param(m.AddKey(key=DIGEST), "membership.beyond_key", id="everything-for-ever"),
        pytest.param(add_key(), "membership.beyond_key", id="all-contracts"),
        pytest.param(add_key("custody"), "membership.beyond_key", id="another-contract"),
        pytest.param(
            add_key("custody", "passport"), "membership.beyond_key", id="one-contract-more"
        ),
        pytest.param(add_key("passport", until_ms=None), "membership.beyond_key", id="no-end"),
        pytest.param(
            add_key("passport", until_ms=NOON_MS + 10), "membership.beyond_key", id="later-end"
        ),
        pytest.param(
            m.RegisterDevice(device="d", key=DIGEST), "membership.beyond_key", id="device"
        ),
        pytest.param(
            delegate(agent="cars", scope=("custody",)), "membership.beyond_key", id="mandate"
        ),
        pytest.param(
            delegate(agent="cars", until_ms=NOON_MS + 10),
            "membership.beyond_key",
            id="long-mandate",
        ),
        pytest.param(
            m.RotateKey(old=key("lab"), new=DIGEST), "membership.limited_key", id="rotate-main"
        ),
        pytest.param(m.RevokeKey(key=key("lab")), "membership.limited_key", id="revoke-main"),
        pytest.param(add_key("passport"), "", id="no-more-than-it-has"),
        pytest.param(delegate(agent="cars"), "", id="mandate-within"),
        pytest.param(m.RotateKey(old=NEW, new=DIGEST), "", id="rotate-itself"),
        pytest.param(m.RevokeKey(key=NEW), "", id="revoke-itself"),
    ],
)
def test_a_limited_key_passes_on_no_more_than_it_has(message, code):
    assert limited().code("lab", message, key=NEW) == code


def test_an_unlimited_key_rules_over_limited_ones():
    assert limited().code("lab", m.RotateKey(old=NEW, new=DIGEST), key=key("lab")) == ""
    assert limited().code("lab", m.RevokeKey(key=NEW), key=key("lab")) == ""


@pytest.mark.parametrize("asleep", ["cars", "lab"])
def test_a_mandate_sleeps_while_either_party_is_suspended(asleep):
    ledger = consortium()
    ledger.must("cars", delegate())
    ledger.must("law", m.Suspend(party=asleep, reason="audit"))
    assert not m.acts_for(BookOf(ledger), "lab", "cars", "passport", NOON_MS)
    ledger.must("law", m.Restore(party=asleep))
    assert m.acts_for(BookOf(ledger), "lab", "cars", "passport", NOON_MS)


def test_a_contract_acts_by_mandate_too():
    ledger = consortium()
    ledger.must("cars", delegate(agent="contract:assembly"))
    assert m.acts_for(BookOf(ledger), "contract:assembly", "cars", "passport", NOON_MS)


@pytest.mark.parametrize(
    "name",
    [
        "contract:x\ny", "contract:", "contract:X", "contract:x\n", "contract:a-b", "contract:a1",
        "contract:" + "a" * 41,
    ],
)  # fmt: skip
def test_what_only_begins_like_a_contract_is_no_party(name):
    assert not m.is_contract(name)
    assert consortium().code("cars", delegate(agent=name)) == "membership.unknown_party"


@pytest.mark.parametrize("who", ["lab", "op", "law"])
def test_a_key_is_revoked_by_its_party_or_a_registrar(who):
    ledger = consortium()
    ledger.must(who, m.RevokeKey(key=key("lab")))
    assert ledger.get(m.Key, key("lab")).revoked_ms == NOON_MS


def test_a_device_signs_telemetry_only():
    ledger = consortium()
    ledger.must("cars", m.RegisterDevice(device="bms-1", key=NEW, battery=unit("P1")))
    assert ledger.get(m.Device, "bms-1") == m.Device(party="cars", key=NEW, battery=unit("P1"))
    assert ledger.get(m.Key, NEW).purposes == ("telemetry",)


def test_a_mandate_lets_another_act_until_it_ends():
    ledger = consortium()
    ledger.must("cars", delegate())
    book = BookOf(ledger)
    assert m.acts_for(book, "cars", "cars", "anything", NOON_MS)
    assert m.acts_for(book, "lab", "cars", "passport", NOON_MS + 4)
    assert not m.acts_for(book, "lab", "cars", "passport", NOON_MS + 5)
    assert not m.acts_for(book, "lab", "cars", "custody", NOON_MS)
    ledger.must("lab", m.RevokeDelegation(principal="cars", agent="lab"))
    assert not m.acts_for(book, "lab", "cars", "passport", NOON_MS)


def test_a_suspended_party_is_restored():
    ledger = consortium()
    ledger.must("law", m.Suspend(party="lab", reason="audit"))
    assert ledger.get(m.Party, "lab").suspended
    ledger.must("op", m.Restore(party="lab"))
    assert not ledger.get(m.Party, "lab").suspended


def test_roles_are_said_anew():
    ledger = consortium()
    ledger.must("law", m.SetRoles(party="lab", roles=("laboratory", "workshop")))
    assert ledger.get(m.Party, "lab").roles == ("laboratory", "workshop")


@pytest.mark.parametrize(
    ("holder", "activity", "time_ms"),
    [
        pytest.param("lab", "mining", NOON_MS, id="another-holder"),
        pytest.param("mine", "baking", NOON_MS, id="another-activity"),
        pytest.param("mine", "mining", NOON_MS - 1, id="too-early"),
        pytest.param("mine", "mining", NOON_MS + 1, id="too-late"),
        pytest.param("mine", "mining", NOON_MS, id="revoked"),
    ],
)
def test_a_licence_covers_nothing_else(holder, activity, time_ms, request):
    ledger = consortium()
    ledger.must("law", licence())
    if "revoked" in request.node.name:
        ledger.must("law", m.RevokeLicence(licence="L-1"))
    else:
        m.require_licence(BookOf(ledger), "L-1", "mine", "mining", NOON_MS)
    with pytest.raises(Refused) as refusal:
        m.require_licence(BookOf(ledger), "L-1", holder, activity, time_ms)
    assert refusal.value.code == "membership.licence_void"


def test_a_licence_is_granted_and_revoked():
    ledger = consortium()
    ledger.must("law", licence(licence="L-1"), m.RevokeLicence(licence="L-1"))
    assert ledger.get(m.Licence, "L-1").revoked_ms == NOON_MS


class BookOf:
    def __init__(self, ledger):
        self.find = self.get = ledger.get


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("lab", register(), "membership.role_missing", id="no-registrar"),
        pytest.param("ghost", register(), "membership.unknown_party", id="unknown-registrar"),
        pytest.param("op", register("lab"), "membership.party_exists", id="twice"),
        pytest.param("op", register("contract:token"), "name.party", id="a-contracts-name"),
        pytest.param(GENESIS, register("contract:x"), "name.party", id="genesis-neither"),
        pytest.param("op", register(name=""), "membership.label", id="no-name"),
        pytest.param("op", register(name="n" * 129), "membership.label", id="long-name"),
        pytest.param("op", register(roles=("king",)), "membership.unknown_role", id="role"),
        pytest.param(
            "op", register(roles=("mine", "carrier")), "membership.not_sorted", id="role-order"
        ),
        pytest.param(
            "op", register(roles=("mine", "mine")), "membership.not_sorted", id="role-twice"
        ),
        pytest.param("law", register(roles=("operator",)), "membership.role_missing", id="power"),
        pytest.param("op", register(secret="lab"), "membership.key_exists", id="others-key"),
        pytest.param(
            "op",
            m.RegisterParty(party="x", name="x", roles=(), key="AB"),
            "name.key",
            id="key-form",
        ),
        pytest.param("lab", m.AddKey(key=key("op")), "membership.key_exists", id="key-taken"),
        pytest.param(GENESIS, m.AddKey(key=NEW), "membership.unknown_party", id="genesis-key"),
        pytest.param(
            "lab",
            m.AddKey(key=NEW, purposes=("b", "a")),
            "membership.not_sorted",
            id="purposes",
        ),
        pytest.param(
            "lab",
            m.AddKey(key=NEW, valid_until_ms=NOON_MS),
            "membership.validity",
            id="key-over",
        ),
        pytest.param(
            "lab",
            m.RotateKey(old=key("op"), new=NEW),
            "membership.not_own_key",
            id="rotate-others",
        ),
        pytest.param(
            "lab", m.RotateKey(old=NEW, new=DIGEST), "membership.unknown_key", id="rotate-none"
        ),
        pytest.param(
            "lab", m.RevokeKey(key=key("op")), "membership.role_missing", id="revoke-others"
        ),
        pytest.param(
            "lab",
            m.RegisterDevice(device="d", key=key("op")),
            "membership.key_exists",
            id="device-key",
        ),
        pytest.param(
            "lab",
            m.RegisterDevice(device="d", key=NEW, battery="b"),
            "name.battery",
            id="device-battery",
        ),
        pytest.param(
            "lab", m.RegisterDevice(device="d d", key=NEW), "name.device", id="device-name"
        ),
        pytest.param("lab", delegate(agent="lab"), "membership.to_self", id="to-self"),
        pytest.param("lab", delegate(agent="z"), "membership.unknown_party", id="to-nobody"),
        pytest.param("cars", delegate(scope=()), "membership.empty_scope", id="no-scope"),
        pytest.param("cars", delegate(until_ms=NOON_MS), "membership.validity", id="over"),
        pytest.param("cars", delegate(mandate="no"), "name.digest", id="no-mandate"),
        pytest.param(
            "op",
            m.RevokeDelegation(principal="cars", agent="lab"),
            "membership.unknown_delegation",
            id="no-delegation",
        ),
        pytest.param("op", licence(), "membership.role_missing", id="no-authority"),
        pytest.param("law", licence(holder="z"), "membership.unknown_party", id="no-holder"),
        pytest.param("law", licence(licence="L-9"), "membership.licence_exists", id="licence"),
        pytest.param("law", licence(licence="-"), "membership.licence_name", id="licence-name"),
        pytest.param("law", licence(capacity_mg=0), "membership.capacity", id="capacity"),
        pytest.param("law", licence(site=""), "membership.label", id="no-site"),
        pytest.param("law", licence(valid_until_ms=1), "membership.validity", id="licence-over"),
        pytest.param(
            "op", m.RevokeLicence(licence="L-9"), "membership.role_missing", id="revoke-licence"
        ),
        pytest.param(
            "law", m.RevokeLicence(licence="L"), "membership.unknown_licence", id="no-licence"
        ),
        pytest.param(
            "law", m.SetRoles(party="op", roles=()), "membership.role_missing", id="depose"
        ),
        pytest.param(
            "lab", m.SetRoles(party="lab", roles=()), "membership.role_missing", id="own-roles"
        ),
        pytest.param(
            "op", m.Suspend(party="op", reason="x"), "membership.to_self", id="suspend-self"
        ),
        pytest.param(
            "law", m.Suspend(party="op", reason="x"), "membership.role_missing", id="suspend-op"
        ),
        pytest.param("op", m.Suspend(party="lab", reason=""), "membership.label", id="no-reason"),
        pytest.param("op", m.Restore(party="lab"), "membership.not_suspended", id="not-suspended"),
    ],
)
def test_refusals(sender, message, code):
    assert consortium().code(sender, message) == code


def test_refusals_after_something_happened():
    ledger = consortium()
    ledger.must("lab", m.RegisterDevice(device="d", key=NEW))
    assert ledger.code("lab", m.RotateKey(old=NEW, new=DIGEST)) == "membership.device_key"
    again = m.RegisterDevice(device="d", key=DIGEST)
    assert ledger.code("lab", again) == "membership.device_exists"
    ledger.must("cars", delegate())
    revoke = m.RevokeDelegation(principal="cars", agent="lab")
    assert ledger.code("op", revoke) == "membership.not_concerned"
    ledger.must("law", m.RevokeLicence(licence="L-9"))
    assert ledger.code("law", m.RevokeLicence(licence="L-9")) == "membership.licence_revoked"
    ledger.must("lab", m.RevokeKey(key=key("lab")))
    assert ledger.code("lab", m.RevokeKey(key=key("lab"))) == "membership.revoked_key"
    rotate = m.RotateKey(old=key("lab"), new=DIGEST)
    assert ledger.code("lab", rotate) == "membership.revoked_key"
    ledger.must("cars", m.RotateKey(old=key("cars"), new=DIGEST))
    rotate = m.RotateKey(old=key("cars"), new=key("x"))
    assert ledger.code("cars", rotate) == "membership.expired_key"
    ledger.must("op", m.Suspend(party="lab", reason="x"))
    suspend = m.Suspend(party="lab", reason="x")
    assert ledger.code("op", suspend) == "membership.suspended"
