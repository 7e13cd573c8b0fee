"""CometBFT's own API: JSON-RPC over the socket in the folder of a node."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from cellchain.adapters.socket_path import short_path
from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATIENCE_S = 20
BATCH_MAX = 100


class NodeApi:
    """Asks a node.

    Args:
        path: Its socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._short = short_path(path)
        transport = httpx.HTTPTransport(uds=str(self._short.__enter__()))
        self._client = httpx.Client(
            transport=transport, base_url="http://node", timeout=PATIENCE_S, trust_env=False
        )

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self._short.__exit__(None, None, None)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a method.

        Raises:
            Unavailable: ``node.stopped``; ``node.api``: it does not answer, or says why it cannot.
        """
        (found,) = self._asked([_call(method, parameters)])
        if "error" in found:
            raise Unavailable("node.api", _why(found["error"]))
        result: dict[str, Any] = found["result"]
        return result

    def broadcast(self, transactions: Sequence[bytes]) -> list[str]:
        """Hand over transactions, in order; return for each why it was not taken, or nothing.

        Raises:
            Unavailable: ``node.stopped``, ``node.api``.
        """
        refused: list[str] = []
        for start in range(0, len(transactions), BATCH_MAX):
            calls = [
                _call("broadcast_tx_async", {"tx": b64encode(data).decode()})
                for data in transactions[start : start + BATCH_MAX]
            ]
            found = self._asked(calls)
            refused += [_why(one["error"]) if "error" in one else "" for one in found]
        return refused

    def _asked(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        numbered = [{**call, "id": number} for number, call in enumerate(calls)]
        try:
            answer = self._client.post("/", content=msgspec.json.encode(numbered))
            answers = msgspec.json.decode(answer.content, type=list[_Answer] | _Answer)
        except httpx.ConnectError as error:
            raise Unavailable(
                "node.stopped",
                "the node of this home does not run",
                remedy="start it with: cellchain node start",
            ) from error
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise Unavailable("node.api", f"the node does not answer: {error}") from error
        found = answers if isinstance(answers, list) else [answers]  # of one it makes no list
        if len(found) != len(calls):
            raise Unavailable("node.api", f"{len(found)} answers to {len(calls)} questions")
        return sorted(found, key=lambda one: one["id"])


_Answer = dict[str, Any]


def _call(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": parameters}


def _why(error: dict[str, Any]) -> str:
    return str(error.get("data") or error.get("message"))[:300]
