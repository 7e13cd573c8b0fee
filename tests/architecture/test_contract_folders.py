"""Every contract folder has the same rooms, so that a newcomer finds each thing unaided."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from cellchain.contracts import discover
from cellchain.ledger.contract import Message, Record, kind_of, record_of
from cellchain.ledger.machine import Machine
from tests.architecture.contract_sources import FOLDERS, RULES, place

CONTRACTS = discover()
MESSAGES = [m for contract in CONTRACTS.values() for m in contract.messages]
EVENTS = [e for contract in CONTRACTS.values() for e in contract.events]
UNIT_TESTS = Path(__file__).parents[1] / "unit" / "contracts"
_CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")


def by_kind(value):
    return kind_of(value)


def module_of(value):
    return importlib.import_module(value.__module__)


def test_every_folder_is_a_contract_of_its_name():
    assert [folder.name for folder in FOLDERS] == sorted(CONTRACTS)


def test_the_graph_has_no_circle():
    Machine(CONTRACTS.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_signboard_says_what_is_promised(folder):
    module = importlib.import_module(f"cellchain.contracts.{folder.name}")
    title = folder.name.replace("_", " ").capitalize()
    assert module.__doc__.startswith(f"{title}: ")
    assert "Invariant: " in module.__doc__
    for message in CONTRACTS[folder.name].messages:
        verb = kind_of(message).partition(".")[2].partition("/")[0]
        assert re.search(rf"\b{verb}\b", module.__doc__), f"{verb} is not on the signboard"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_folder_shows_its_public_face(folder):
    module = importlib.import_module(f"cellchain.contracts.{folder.name}")
    contract = CONTRACTS[folder.name]
    assert "CONTRACT" in module.__all__
    for value in (*contract.messages, *contract.events, *contract.records):
        assert value.__name__ in module.__all__
        assert getattr(module, value.__name__) is value
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("message", MESSAGES, ids=by_kind)
def test_a_message_has_a_file_of_its_name(message):
    room, _, rest = kind_of(message).partition(".")
    verb = rest.partition("/")[0]
    assert message.__module__ == f"cellchain.contracts.{room}.{verb}"
    assert message.__name__ == verb.title().replace("_", "")
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+/[1-9]\d*", kind_of(message))
    others = [m for m in MESSAGES if m.__module__ == message.__module__]
    assert others == [message]


@pytest.mark.parametrize("event", EVENTS, ids=by_kind)
def test_an_event_is_a_past_participle_about_one_record(event):
    words = re.findall(r"[A-Z][a-z]+", event.__name__)
    assert kind_of(event) == f"{room_of(event)}.{'_'.join(words).lower()}/1"
    assert event.subject_field in event.__struct_fields__
    record = record_of(event)
    assert issubclass(record, Record)
    assert room_of(record) == room_of(event)


@pytest.mark.parametrize("event", EVENTS, ids=by_kind)
def test_a_record_lives_in_record_py(event):
    record = record_of(event)
    assert record.__module__ == f"cellchain.contracts.{room_of(event)}.record"
    assert kind_of(record) == f"{room_of(event)}.{record.__name__.lower()}/1"


def room_of(value):
    return value.__module__.split(".")[2]


def test_no_two_kinds_share_a_name():
    records = [r for contract in CONTRACTS.values() for r in contract.records]
    kinds = [kind_of(value) for value in (*MESSAGES, *EVENTS, *records)]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("path", RULES, ids=place)
def test_a_transaction_file_puts_the_message_before_its_events(path):
    names = [node.name for node in ast.parse(path.read_text()).body if is_class(node)]
    module = importlib.import_module(
        "cellchain.contracts." + place(path).removesuffix(".py").replace("/", ".")
        if path.name != "__init__.py"
        else "cellchain.contracts"
    )
    sorts = [issubclass(getattr(module, name), Message) for name in names]
    events = [getattr(module, name) in EVENTS for name in names]
    if any(sorts) and any(events):
        assert sorts.index(True) < events.index(True)


def is_class(node):
    return isinstance(node, ast.ClassDef)


@pytest.mark.parametrize("path", RULES, ids=place)
def test_neighbours_are_imported_by_their_public_face(path):
    room = place(path).split("/")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.ImportFrom) and node.module):
            continue
        if node.module.startswith("cellchain.contracts."):
            _, _, other, *inside = node.module.split(".")
            assert other == room or not inside, f"{node.module} is inside a neighbour"
            assert other == room or other in CONTRACTS[room].leans_on


def codes_of(path: Path) -> list[str]:
    """Return the codes that a file refuses with, where they are written out."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    firsts = (
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in ("Refused", "refuse_unless")
        and call.args
    )
    found = (first.value for first in firsts if isinstance(first, ast.Constant))
    return [code for code in found if isinstance(code, str) and _CODE.fullmatch(code)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_refusal_has_a_test(folder):
    codes = {code for path in folder.glob("*.py") for code in codes_of(path)}
    tests = "".join(path.read_text() for path in (UNIT_TESTS / folder.name).glob("test_*.py"))
    assert codes, "no refusal was found at all"
    assert sorted(code for code in codes if f'"{code}"' not in tests) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_refusals_carry_the_name_of_their_room(folder):
    codes = {code for path in folder.glob("*.py") for code in codes_of(path)}
    assert all(code.startswith(f"{folder.name}.") for code in codes)
