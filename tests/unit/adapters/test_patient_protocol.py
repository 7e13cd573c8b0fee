"""Who opens a connection and says nothing, or too little, is hung up on."""

from __future__ import annotations

import asyncio

import pytest
import uvicorn

from cellchain.adapters.patient_protocol import PatientProtocol


class Hasty(PatientProtocol):
    head_s = 0.05


async def application(scope, receive, send):
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


async def asked(said, *, http=Hasty, connections=1):
    """Return what the last of some connections hears, each of which says ``said``."""
    config = uvicorn.Config(application, http=http, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    config.load()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: http(config=config, server_state=server.server_state, app_state={}), "127.0.0.1", 0
    )
    port = listening.sockets[0].getsockname()[1]
    opened = []
    try:
        for _ in range(connections):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened.append(writer)
            writer.write(said)
        try:
            return await asyncio.wait_for(reader.read(15), 10)
        except ConnectionError:
            return b""
    finally:
        for writer in opened:
            writer.close()
        listening.close()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half"])
def test_a_head_that_does_not_come_is_not_waited_for(said):
    assert asyncio.run(asked(said)) == b""


def test_a_head_that_comes_is_answered():
    assert asyncio.run(asked(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == b"HTTP/1.1 200 OK"


def test_one_address_has_so_many_connections():
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    three = PatientProtocol.for_server(address_connections_max=3)
    assert asyncio.run(asked(whole, http=three, connections=3)) != b""
    assert asyncio.run(asked(whole, http=three, connections=4)) == b""
    behind = PatientProtocol.for_server(proxies=("127.0.0.1",), address_connections_max=3)
    assert asyncio.run(asked(whole, http=behind, connections=4)) != b""
