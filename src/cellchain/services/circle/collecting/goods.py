"""What ADR asks for of used batteries on the road, by their state: class 9, edition of 2025.

ADR as of 1 January 2025 (ECE/TRANS/352). Read in a copy of the text of 2025: special provision 376
(damaged: P908 or LP904; liable to react dangerously: P911 or LP906, or other conditions that the
competent authority approves) and its reach to UN 3551 and 3552. Read as quoted by others: 8.6.3.3
(what is carried under 1.1.3 counts for no tunnel), 8.6.4 (code (E): no passage through tunnels of
category E), 1.1.3.6 (transport category 2: 333 kg a transport unit). Taken over without having seen
the clause: tunnel code (E) and transport category 2 of UN 3551 and 3552 in table A, transport
category 0 of packs that are liable to react dangerously (so they are never exempt here), special
provision 377 with P909 and its reach to UN 3551 and 3552, P903 for what is not waste, and the
documents of 8.1.2, 5.4.1, 5.4.3 with the word WASTE of 5.4.1.1.3.

A person who is trained in this decides; what is here plans for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INTACT, DAMAGED, CRITICAL = "intact", "damaged_noncritical", "critical"
CLASSES = INTACT, DAMAGED, CRITICAL
EDITION = "ADR 2025"
EDITION_YEARS = 2025, 2026
"""An edition counts for two years."""
TUNNEL_CODE = "(E)"
TUNNELS = "ABCDE"
CLOSED_TUNNEL = "E"
"""The one category through which goods of code (E) may not pass: ADR 8.6.4."""
EXEMPT_KG = 333
"""Of transport category 2 on one lorry, under which ADR 8.6 does not apply: 1.1.3.6, 8.6.3.3."""
NAMES: Mapping[int, str] = {
    3480: "LITHIUM ION BATTERIES",
    3481: "LITHIUM ION BATTERIES CONTAINED IN EQUIPMENT or PACKED WITH EQUIPMENT",
    3551: "SODIUM ION BATTERIES with organic electrolyte",
    3552: "SODIUM ION BATTERIES CONTAINED IN EQUIPMENT or PACKED WITH EQUIPMENT, with organic"
    " electrolyte",
}
"""UN number → proper shipping name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How batteries of a state are carried."""

    provision: str
    packing: str
    note: str


RULES: Mapping[str, Rule] = {
    INTACT: Rule("SP 377", "P909", "for disposal or recycling; for a second life P903"),
    DAMAGED: Rule("SP 376", "P908 or LP904", "transport under special provision 376"),
    CRITICAL: Rule(
        "SP 376", "P911 or LP906",
        "rides alone and first; approval of the competent authority may be needed",
    ),
}  # fmt: skip
"""State of a battery → its rule."""


def may_pass(capacity_kg: float, classes: Iterable[str]) -> bool:
    """Say whether a lorry may drive through tunnels of category E, whatever it carries.

    It may where it cannot carry more than `EXEMPT_KG`, and nothing of transport category 0.
    """
    return capacity_kg <= EXEMPT_KG and CRITICAL not in classes


def documents(classes: Iterable[str], *, exempt: bool) -> tuple[str, ...]:
    """Return the papers that a driver carries.

    Args:
        classes: States of the batteries of the day.
        exempt: Whether the lorry can never carry more than 1.1.3.6 frees.
    """
    found = ["transport document, with UN number, proper shipping name, class 9 and"
             f" {TUNNEL_CODE} (5.4.1); of a name with an \"or\" the part that applies, and"
             " WASTE before it where it is waste (5.4.1.1.3)"]  # fmt: skip
    if not exempt:
        found += [
            "instructions in writing (5.4.3)",
            "certificate of training of the driver (8.2.1)",
            "identification with photograph of each member of the crew (1.10.1.4)",
        ]
    states = set(classes)
    if states & {DAMAGED, CRITICAL}:
        found.append('in the transport document: "transport in accordance with special provision'
                     ' 376", and the assessment by a technical expert')  # fmt: skip
    if CRITICAL in states:
        found.append("copy of the approval of the competent authority, where P911 or LP906 are not"
                     " followed as they stand")  # fmt: skip
    return tuple(found)
