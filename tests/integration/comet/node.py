"""CometBFT's side of the sockets, as far as a test needs it: asks in order, reads the answers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from google.protobuf.timestamp_pb2 import Timestamp

from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.frames import Frames, framed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Connection:
    """One of the four connections of a node."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme == "unix":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(parts.path)
        else:
            self._socket = socket.create_connection((parts.hostname, parts.port))
        self._socket.settimeout(20)
        self._answers = self._read()

    def ask(self, **request: Any) -> Any:
        """Send one request; return what its response says."""
        (answer,) = self.ask_all([abci.Request(**request)])
        return answer

    def ask_all(self, requests: Sequence[abci.Request]) -> list[Any]:
        """Send requests at once; return what their responses say, in order."""
        self._socket.sendall(b"".join(framed(one.SerializeToString()) for one in requests))
        responses = [next(self._answers) for _ in requests]
        return [getattr(one, one.WhichOneof("value")) for one in responses]

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answers_left(self) -> list[abci.Response]:
        """What still comes until the other side hangs up."""
        return list(self._answers)

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> Iterator[abci.Response]:
        frames = Frames()
        while data := self._socket.recv(1 << 16):
            for message in frames.feed(data):
                yield abci.Response.FromString(message)


def at(time_ms: int) -> Timestamp:
    return Timestamp(seconds=time_ms // 1000, nanos=time_ms % 1000 * 1_000_000)


class Chain:
    """A node that makes blocks by the grammar of ABCI: prepare, process, finalize, commit."""

    def __init__(self, connection: Connection, genesis: Any) -> None:
        self.ask = connection.ask
        self.height = self.ask(info={}).last_block_height
        if not self.height:
            begun = self.ask(
                init_chain={
                    "time": at(genesis.time_ms),
                    "chain_id": genesis.chain,
                    "initial_height": 1,
                }
            )
            self.app_hash = begun.app_hash

    def propose(self, transactions: Sequence[bytes], time_ms: int, bytes_max: int = 1 << 20) -> Any:
        """A block as an honest proposer makes it."""
        asked = {"txs": transactions, "max_tx_bytes": bytes_max, "height": self.height + 1}
        return list(self.ask(prepare_proposal={**asked, "time": at(time_ms)}).txs)

    def decide(self, transactions: Sequence[bytes], time_ms: int, **more: Any) -> Any:
        """Let a block be agreed on; return what finalizing it said."""
        block = {
            "txs": transactions,
            "height": self.height + 1,
            "time": at(time_ms),
            **more,
        }
        found = self.ask(finalize_block=block)
        self.ask(commit={})
        self.height += 1
        self.app_hash = found.app_hash
        return found
