"""What Arrow reads: nothing of Python, which its threads could let go of too late."""

import sys

import pyarrow as pa
from pyarrow import csv

from cellchain.adapters.arrow_memory import arrow_memory


def test_a_reader_of_a_copy_holds_nothing_of_python():
    """Given bytes, when Arrow reads a copy, then nobody else holds the bytes themselves."""
    data = b"a,b\n" + b"1,2\n" * 1000
    before = sys.getrefcount(data)
    memory = arrow_memory(data)
    reader = csv.open_csv(pa.BufferReader(memory))
    assert sys.getrefcount(data) == before
    assert memory.to_pybytes() == data
    assert reader.read_all().num_rows == 1000
