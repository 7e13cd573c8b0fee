"""Requests to addresses that members name: never into this machine or its network.

The name is resolved here, every address behind it must be a public one, and the connection goes to
exactly the address that was looked at: a name that resolves to something else a moment later
(DNS rebinding) leads nowhere. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT_S = 10.0
ANSWER_BYTES_MAX = 4_096
PORTS_DEFAULT = {"http": 80, "https": 443}


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host.

    Raises:
        Unavailable: ``webhook.no_answer``.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable("webhook.no_answer", f"{host[:80]!a} has no address") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedPoster:
    """A `cellchain.services.webhooks.sending.Poster`.

    Args:
        allowed: Networks that may be reached although they are not public, for example those of
            the operator's own company, as ``10.1.0.0/16``.
        resolver: Gives the addresses of a host.
    """

    def __init__(
        self,
        allowed: tuple[str, ...] = (),
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._allowed = tuple(ipaddress.ip_network(network) for network in allowed)
        self._resolver = resolver
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def check(self, url: str) -> None:
        """Refuse an address that leads inside; one that cannot be resolved now may be kept."""
        try:
            self._address(url)
        except Unavailable:
            return

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer to a POST."""
        parts, address = urlsplit(url), self._address(url)
        host = parts.hostname or ""
        literal = f"[{address}]" if ":" in address else address
        port = parts.port or PORTS_DEFAULT[parts.scheme]
        target = parts._replace(netloc=f"{literal}:{port}").geturl()
        named = host if parts.port is None else f"{host}:{parts.port}"
        try:
            with self._client.stream(
                "POST",
                target,
                content=body,
                headers={**headers, "host": named, "user-agent": "cellchain"},
                extensions={"sni_hostname": host},
            ) as answer:
                size = 0
                for piece in answer.iter_raw():
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX:
                        break
                return answer.status_code
        except httpx.HTTPError as error:
            reason = type(error).__name__
            raise Unavailable("webhook.no_answer", f"{host[:80]!a}: {reason}") from error

    def _address(self, url: str) -> str:
        """Return an address of the host, all of whose addresses may be reached."""
        parts = urlsplit(url)
        try:
            port = parts.port or PORTS_DEFAULT.get(parts.scheme, 0)
        except ValueError as error:
            raise Refused("webhook.url", "the port is none") from error
        if not parts.hostname or not port or parts.username or parts.password:
            raise Refused("webhook.url", f"{url[:80]!a} is no plain address of a web server")
        found = self._resolver(parts.hostname, port)
        for address in found:
            if not self._may_reach(address):
                raise Refused(
                    "webhook.url",
                    f"{parts.hostname[:80]!a} leads inside this network",
                    remedy="the operator may allow networks in the configuration",
                )
        if not found:
            raise Unavailable("webhook.no_answer", f"{parts.hostname[:80]!a} has no address")
        return found[0]

    def _may_reach(self, address: str) -> bool:
        found = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(found, "ipv4_mapped", None) or found
        if any(mapped in network for network in self._allowed if network.version == mapped.version):
            return True
        return bool(mapped.is_global) and not mapped.is_multicast
