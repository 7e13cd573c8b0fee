"""Rules are pure: the same message over the same records gives the same bytes on every machine.

A lint reads the source of every rule and names what could differ between two machines or two runs:
clock, dice, disk, net, float, the order of a set, the address of an object, an assert that ``-O``
removes. Read sides (``view.py``) are no rules and are left out; the lint is held against offences
planted on purpose, one by one.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.architecture.contract_sources import RULES, place

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES_ALLOWED = {
    "__future__",
    "cellchain",
    "collections",
    "dataclasses",
    "functools",
    "importlib",
    "itertools",
    "msgspec",
    "pkgutil",
    "re",
    "types",
    "typing",
}
"""Everything else is unknown to the lint, and so forbidden."""
DISCOVERY_ONLY = {"importlib", "pkgutil"}
"""Needed to find contracts, in ``contracts/__init__.py``; no rule imports by name."""
STOREYS_ALLOWED = ("cellchain.contracts", "cellchain.core", "cellchain.crypto", "cellchain.ledger")
NAMES_FORBIDDEN = {
    "breakpoint",
    "compile",
    "complex",
    "eval",
    "exec",
    "float",
    "globals",
    "hash",
    "id",
    "input",
    "locals",
    "open",
    "print",
    "vars",
    "__import__",
}
LOCALE_METHODS = {"capitalize", "casefold", "title", "swapcase"}
"""Their tables move with the version of Unicode."""
WALKERS = {"enumerate", "extend", "fromkeys", "iter", "join", "list", "next", "tuple", "zip"}
"""Calls that walk through their first argument."""
SET_METHODS = {"difference", "intersection", "symmetric_difference", "union"}


def offences(source: str, *, discovery: bool = False) -> list[str]:
    """Return what in ``source`` could differ between machines, as ``line: word``."""
    tree = ast.parse(source)
    sets = _names_of_sets(tree)
    found = [
        f"{node.lineno}: {word}"
        for node in ast.walk(tree)
        if hasattr(node, "lineno")
        for word in (*_imports(node, discovery), *_words(node), *_sets(node, sets))
    ]
    return sorted(found)


def _imports(node: ast.AST, discovery: bool) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            modules = [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names):
            modules = [f"{module}.{alias.name}" for alias in names]
        case _:
            return
    for module in modules:
        top = module.split(".")[0]
        if top == "cellchain":
            if not module.startswith(STOREYS_ALLOWED) or module.endswith(".view"):
                yield f"import {module}"
        elif top not in MODULES_ALLOWED or (top in DISCOVERY_ONLY and not discovery):
            yield f"import {module}"


def _words(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=float() | complex() as value):
            yield f"float {value}"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield "true division"
        case ast.BinOp(op=ast.Pow(), right=ast.UnaryOp(op=ast.USub())):
            yield "negative power"
        case ast.Assert():
            yield "assert"
        case ast.Name(id=name) if name in NAMES_FORBIDDEN:
            yield name
        case ast.Attribute(attr=name) if name in LOCALE_METHODS:
            yield f".{name}()"
        case ast.FormattedValue(format_spec=ast.JoinedStr(values=specs)):
            spec = "".join(str(part.value) for part in specs if isinstance(part, ast.Constant))
            if spec[-1:] in tuple("efgn%EFG"):
                yield f"format {spec}"
        case _:
            return


def _sets(node: ast.AST, sets: set[str]) -> list[str]:
    """Sets may be asked for membership, compared and counted, but never walked through."""
    return ["order of a set" for walked in _walked(node) if _is_set(walked, sets)]


def _walked(node: ast.AST) -> list[ast.expr]:
    """Return what ``node`` itself walks through in order."""
    match node:
        case ast.For(iter=walked) | ast.Starred(value=walked) | ast.YieldFrom(value=walked):
            return [walked]
        case ast.ListComp() | ast.GeneratorExp() | ast.DictComp() | ast.SetComp():
            return [generator.iter for generator in node.generators]
        case ast.Call(func=ast.Name(id=name), args=[walked, *_]) if name in WALKERS:
            return [walked]
        case ast.Call(func=ast.Attribute(attr=name), args=[walked, *_]) if name in WALKERS:
            return [walked]
        case ast.Call(func=ast.Attribute(attr="pop", value=walked), args=[]):
            return [walked]
        case _:
            return []


def _is_set(node: ast.expr, sets: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in SET_METHODS
        case ast.BinOp(left=left, right=right):
            return _is_set(left, sets) or _is_set(right, sets)
        case ast.Name(id=name):
            return name in sets
        case _:
            return False


def _names_of_sets(tree: ast.AST) -> set[str]:
    """Names that are bound or annotated to sets somewhere in the file."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_set(value, set()):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                words = {n.id for n in ast.walk(kind) if isinstance(n, ast.Name)}
                if words & {"set", "frozenset"} or (value and _is_set(value, set())):
                    names.add(name)
            case ast.arg(arg=name, annotation=ast.expr() as kind):
                words = {n.id for n in ast.walk(kind) if isinstance(n, ast.Name)}
                if words & {"set", "frozenset"}:
                    names.add(name)
            case _:
                pass
    return names


@pytest.mark.parametrize("path", RULES, ids=place)
def test_rules_are_pure(path):
    assert offences(path.read_text(), discovery=place(path) == "__init__.py") == []


def test_there_are_rules_to_read():
    assert len(RULES) > 40


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("import time", "import time"),
        ("from datetime import datetime", "import datetime.datetime"),
        ("import random", "import random"),
        ("import secrets", "import secrets"),
        ("import os", "import os"),
        ("from pathlib import Path", "import pathlib.Path"),
        ("import socket", "import socket"),
        ("import locale", "import locale"),
        ("import numpy as np", "import numpy"),
        ("import decimal", "import decimal"),
        ("import math", "import math"),
        ("import importlib", "import importlib"),
        ("from cellchain.science import cell", "import cellchain.science.cell"),
        ("from cellchain.services import gateway", "import cellchain.services.gateway"),
        ("from cellchain.contracts.custody import view", "import cellchain.contracts.custody.view"),
        ("x = 0.5", "float 0.5"),
        ("x = 1e3", "float 1000.0"),
        ("x = 2j", "float 2j"),
        ("x = float('1')", "float"),
        ("x = 1 / 2", "true division"),
        ("x /= 2", "true division"),
        ("x = 2 ** -1", "negative power"),
        ("x = f'{y:.3f}'", "format .3f"),
        ("assert x", "assert"),
        ("x = hash('a')", "hash"),
        ("x = id(y)", "id"),
        ("x = open('f')", "open"),
        ("print(1)", "print"),
        ("x = eval('1')", "eval"),
        ("x = 'a'.casefold()", ".casefold()"),
        ("for x in {1, 2}: pass", "order of a set"),
        ("for x in set(y): pass", "order of a set"),
        ("x = [y for y in frozenset(z)]", "order of a set"),
        ("x = tuple({1, 2})", "order of a set"),
        ("x = ','.join({'a'})", "order of a set"),
        ("x = {1}\nfor y in x: pass", "order of a set"),
        ("def f(x: set[int]):\n  return list(x)", "order of a set"),
        ("x = (*{1, 2},)", "order of a set"),
        ("for x in a.union(b): pass", "order of a set"),
        ("x = {1}\ny = x.pop()", "order of a set"),
        ("x = dict.fromkeys({1})", "order of a set"),
    ],
)
def test_the_lint_catches(source, word):
    assert word in [offence.split(": ", 1)[1] for offence in offences(source)]


@pytest.mark.parametrize(
    "source",
    [
        "x = y in {1, 2}",
        "x = sorted({1, 2})",
        "x = len(set(y)) == 3",
        "x = 7 // 2",
        "x = f'{y:>3}'",
        "for x in (1, 2): pass",
        "from msgspec.structs import replace",
        "from cellchain.core.errors import Refused",
    ],
)
def test_the_lint_lets_pass(source):
    assert offences(source) == []
