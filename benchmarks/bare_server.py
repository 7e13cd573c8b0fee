"""The ceiling of the web figures: a bare FastAPI handler that returns the bytes of a file."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def main() -> None:
    """Serve the file named on the command line at ``/``."""
    body = Path(sys.argv[1]).read_bytes()
    application = FastAPI()

    @application.get("/")
    async def whole() -> Response:
        return Response(body, media_type="text/html; charset=utf-8")

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application, log_config=None, access_log=False)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))


if __name__ == "__main__":
    main()
