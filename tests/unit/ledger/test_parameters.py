"""A genesis that no chain could start from is refused by name."""

import pytest
from msgspec.structs import replace

from cellchain.app import Cellchain
from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger import parameters as rules
from cellchain.ledger.gas import GasPrices
from cellchain.ledger.parameters import RULE_LIBRARIES, check_libraries, parse_genesis
from cellchain.ledger.store import MemoryStore
from tests.homes import genesis

GOOD = genesis()


def test_a_good_genesis_is_read():
    assert parse_genesis(GOOD.to_bytes()) == GOOD


@pytest.mark.parametrize("value", [-1, 0, 2**53 - 1])
@pytest.mark.parametrize(
    "name",
    [
        "block_bytes_max",
        "block_gas_max",
        "transaction_bytes_max",
        "transaction_gas_max",
        "quota_gas",
        "quota_window_ms",
    ],
)
def test_a_limit_has_bounds(name, value):
    crafted = genesis(**{name: value})
    with pytest.raises(Refused, match=name) as refusal:
        parse_genesis(crafted.to_bytes())
    assert refusal.value.code == "genesis.parameter"


@pytest.mark.parametrize("name", GasPrices.__struct_fields__)
@pytest.mark.parametrize("value", [-1, 10**15])
def test_a_price_has_bounds(name, value):
    crafted = genesis(gas=replace(GasPrices(), **{name: value}))
    with pytest.raises(Refused, match=rf"gas\.{name} is") as refusal:
        parse_genesis(crafted.to_bytes())
    assert refusal.value.code == "genesis.parameter"


@pytest.mark.parametrize(
    ("crafted", "code"),
    [
        pytest.param(replace(GOOD, time_ms=-1), "genesis.time", id="before-1970"),
        pytest.param(replace(GOOD, time_ms=2**52), "genesis.time", id="after-9999"),
        pytest.param(genesis(contracts=()), "genesis.contracts", id="no-contracts"),
        pytest.param(genesis(contracts=("b", "a")), "genesis.contracts", id="unsorted"),
        pytest.param(genesis(libraries={}), "genesis.libraries", id="no-libraries"),
        pytest.param(
            genesis(libraries=RULE_LIBRARIES | {"no-such": "1"}), "genesis.libraries", id="more"
        ),
        pytest.param(replace(GOOD, chain="No Good"), "genesis.chain", id="chain"),
        pytest.param(replace(GOOD, operator="00"), "name.key", id="operator"),
    ],
)
def test_what_no_chain_could_start_from_is_refused(crafted, code):
    with pytest.raises(Refused) as refusal:
        parse_genesis(crafted.to_bytes())
    assert refusal.value.code == code


def test_a_contract_without_its_neighbours_is_refused():
    installed = Cellchain().contracts()
    leaning = sorted(name for name, contract in installed.items() if contract.leans_on)
    assert leaning
    for name in leaning:
        with pytest.raises(Refused, match=name) as refusal:
            Cellchain().application(genesis(contracts=(name,)), MemoryStore())
        assert refusal.value.code == "genesis.contracts"


def test_a_library_that_is_not_there_is_named(monkeypatch):
    def absent(name):
        raise rules.PackageNotFoundError(name)

    monkeypatch.setattr(rules, "version", absent)
    with pytest.raises(Corrupt) as error:
        check_libraries(GOOD.parameters)
    assert error.value.code == "ledger.library"
