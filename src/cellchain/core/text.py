"""Text that is the same bytes on every machine.

Two spellings of one word (``é`` as one character or as two) would be two values in the book, so
text must be in Normalization Form C. Which characters that form knows depends on the Unicode
version of the interpreter; Python carries one version that never moves, 3.2, for protocols that
need it (RFC 3454). Text is therefore limited to the characters assigned in Unicode 3.2: every
living script, no emoji. Surrogates and private use stay out as well, and so do NUL, which
PostgreSQL cannot keep, and the escape characters, which command the terminal of whoever reads.
"""

from __future__ import annotations

from unicodedata import ucd_3_2_0 as unicode_3_2

_FORBIDDEN = frozenset({"Cn", "Cs", "Co"})
_NUL, _ESCAPE, _ESCAPE_8_BIT = "\0", "\x1b", "\x9b"


def is_plain_text(text: str) -> bool:
    """Whether ``text`` is in Normalization Form C and of assigned characters only."""
    if _NUL in text or _ESCAPE in text or _ESCAPE_8_BIT in text:
        return False
    return text.isascii() or (
        all(unicode_3_2.category(character) not in _FORBIDDEN for character in text)
        and unicode_3_2.normalize("NFC", text) == text
    )
