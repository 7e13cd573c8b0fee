"""A site over the demo's ledger in memory, and pages asked of it."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from starlette.datastructures import QueryParams

from cellchain.adapters.views import discover_views, open_views
from cellchain.contracts import discover
from cellchain.crypto.cosignature import witness_key
from cellchain.crypto.note import verifier_key
from cellchain.ledger.engine.solo import read_header
from cellchain.services.access.openness import Openness
from cellchain.services.access.viewer import VISITOR, Viewer
from cellchain.web.frame import Frame
from cellchain.web.page import Asked
from cellchain.web.pages import discover_pages
from tests.integration.views.given import demo

STATE, GENESIS = demo(2)
NOW_MS = STATE.head.time_ms
CONTRACTS = discover()
MEMBER = Viewer(party="operator", member="m", duties=frozenset({"reader"}))


@contextmanager
def state():
    yield STATE


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    views = open_views(
        tmp_path_factory.mktemp("views") / "views.db",
        tuple(CONTRACTS.values()),
        discover_views(tuple(CONTRACTS.values())),
    )
    views.catch_up(STATE, GENESIS)
    header = read_header(STATE.store, STATE.head.height).header
    yield SimpleNamespace(
        chain=header.chain,
        validator_names={},
        network_trust="",
        operator_key=str(verifier_key(header.chain, bytes.fromhex(header.operator))),
        gauges=dict,
        witnesses=(witness_key("witness.example/w1", bytes(32)),),
        contracts=CONTRACTS,
        openness=Openness(CONTRACTS, discover_views(tuple(CONTRACTS.values()))),
        views=views,
        state=state,
        demo=True,
        address="http://localhost:8000",
    )
    views.close()


@pytest.fixture
def ask(site):
    """Ask for a page; return what it shows after making sure that it can be drawn."""
    pages = discover_pages()
    frame = Frame(pages)

    with site.views.read() as db:

        def asking(pattern, query="", viewer=VISITOR, **path):
            page = next(page for page in pages if page.path == pattern)
            asked = Asked(
                site=site,
                viewer=viewer,
                db=db,
                path=path,
                query=QueryParams(query),
                language="en",
                now_ms=NOW_MS,
            )
            shown = page.show(asked)
            html = "" if shown.location else frame.render(page, asked, shown).decode()
            return SimpleNamespace(shown=shown, data=shown.data, html=html, asked=asked)

        yield asking
