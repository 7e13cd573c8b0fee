"""Bytes that Arrow reads, in memory of its own.

Over memory of Python a thread of Arrow lets go of it under the interpreter's lock. One that does
so while the interpreter goes down is ended by force, which C++ forbids: the process dies of
SIGABRT, "terminate called without an active exception" (apache/arrow#34314), or waits for good
(apache/arrow#50482).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_memory(data: bytes) -> pa.Buffer:
    """Return a copy of ``data`` that holds nothing of Python."""
    import pyarrow as pa  # noqa: PLC0415  # 30 MB, wanted by few

    copy = pa.BufferOutputStream()
    copy.write(data)
    return copy.getvalue()
