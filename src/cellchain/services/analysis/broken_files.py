"""What the readers of zip archives and of NumPy raise at bytes that are not what they should be."""

from __future__ import annotations

import lzma
import tokenize
import zipfile
import zlib

BROKEN = (
    ArithmeticError, AttributeError, EOFError, LookupError, RuntimeError, SyntaxError,
    TypeError, ValueError, lzma.LZMAError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""Beside these, an `OSError` without a number: it comes from the bytes, not from the disk."""
