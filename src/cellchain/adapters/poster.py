"""Requests to addresses that members name: never into this machine or its network.

The name is resolved here, every address behind it must be a public one, and the connection goes to
exactly the address that was looked at: a name that resolves to something else a moment later
(DNS rebinding) leads nowhere. Redirects are not followed, and nothing of the answer is read but
its status.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext
    from urllib.parse import SplitResult

TIMEOUT_S = 10.0
"""For the whole of a request: who answers byte by byte gets no more of our time."""
PORTS_DEFAULT = {"http": 80, "https": 443}
_PLAIN = re.compile(r"https?://[!-~]+")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host.

    Raises:
        Unavailable: ``webhook.no_answer``.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a label that is too long is no text for it
        raise Unavailable("webhook.no_answer", f"{host[:80]!a} has no address") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedPoster:
    """A `cellchain.services.webhooks.sending.Poster`.

    Args:
        allowed: Networks that may be reached although they are not public, for example those of
            the operator's own company, as ``10.1.0.0/16``.
        resolver: Gives the addresses of a host.
        timeout_s: For a whole request.

    Raises:
        Refused: ``config.value``: what is no network.
    """

    def __init__(
        self,
        allowed: tuple[str, ...] = (),
        resolver: Callable[[str, int], list[str]] = resolve,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        try:
            self._allowed = tuple(ipaddress.ip_network(network) for network in allowed)
        except ValueError as error:
            raise Refused("config.value", f"webhooks.networks: {error}") from error
        self._resolver = resolver
        self._timeout_s = timeout_s

    @cached_property
    def _context(self) -> SSLContext:
        import httpx  # noqa: PLC0415

        return httpx.create_ssl_context(trust_env=False)

    def check(self, url: str) -> None:
        """Refuse an address that leads inside; one that cannot be resolved now may be kept."""
        try:
            self._address(_split(url))
        except Unavailable:
            return

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer to a POST."""
        import httpx  # noqa: PLC0415  # 10 MB with its certificates, for those who have webhooks

        parts = _split(url)
        address, host = self._address(parts), parts.hostname or ""
        literal = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{literal}:{_port(parts)}", fragment="").geturl()
        named = {**headers, "host": parts.netloc, "user-agent": "cellchain"}
        try:
            return asyncio.run(self._status(target, host, named, body))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            reason = type(error).__name__
            raise Unavailable("webhook.no_answer", f"{host[:80]!a}: {reason}") from error

    async def _status(self, target: str, host: str, headers: dict[str, str], body: bytes) -> int:
        import httpx  # noqa: PLC0415

        client = httpx.AsyncClient(
            verify=self._context, timeout=self._timeout_s, follow_redirects=False, trust_env=False
        )
        name = {"sni_hostname": host}
        async with asyncio.timeout(self._timeout_s), client:
            request = client.build_request(
                "POST", target, content=body, headers=headers, extensions=name
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return answer.status_code

    def _address(self, parts: SplitResult) -> str:
        """Return an address of the host, all of whose addresses may be reached."""
        host = parts.hostname or ""
        found = self._resolver(host, _port(parts))
        if not all(map(self._may_reach, found)):
            raise Refused(
                "webhook.url",
                f"{host[:80]!a} leads inside this network",
                remedy="the operator may allow networks in the configuration",
            )
        if not found:
            raise Unavailable("webhook.no_answer", f"{host[:80]!a} has no address")
        return found[0]

    def _may_reach(self, address: str) -> bool:
        found = _meant(address)
        if any(found in network for network in self._allowed if network.version == found.version):
            return True
        return found.is_global and not found.is_multicast and not found.is_reserved


def _meant(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that packets reach: the one inside, where IPv6 carries IPv4."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or found.sixtofour or found
    return found


def _split(url: str) -> SplitResult:
    """Return the parts of a plain address of a web server.

    Raises:
        Refused: ``webhook.url``.
    """
    try:
        parts = urlsplit(url)
        plain = bool(_PLAIN.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:  # brackets that do not match, a port that is no number
        plain = False
    if not plain or "@" in parts.netloc or "\\" in url:
        raise Refused("webhook.url", f"{url[:80]!a} is no plain address of a web server")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS_DEFAULT[parts.scheme]
