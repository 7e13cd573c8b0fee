from contextlib import ExitStack

import pytest

from cellchain.adapters.abci_server import AbciServer
from cellchain.app import Cellchain
from cellchain.ledger.engine.comet.answering import Comet
from cellchain.ledger.store import MemoryStore
from tests.homes import START_MS
from tests.integration.comet.node import Connection


@pytest.fixture(params=["unix", "tcp"])
def address(request, tmp_path):
    return f"unix://{tmp_path}/abci.sock" if request.param == "unix" else "tcp://127.0.0.1:0"


@pytest.fixture
def served(address):
    """Serve an application of a genesis; give a connection to it, the application and failures."""
    stack = ExitStack()

    def serve(genesis, store=None, **how):
        application = Cellchain().application(genesis, store or MemoryStore())
        failures = []
        engine = Comet(application, **how)
        server = AbciServer(engine, address, failed=failures.append, clock=lambda: START_MS)
        stack.callback(server.close)
        connection = Connection(server.address)
        stack.callback(connection.close)
        return connection, engine, failures, server

    with stack:
        yield serve
