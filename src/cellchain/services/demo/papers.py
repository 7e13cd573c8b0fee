"""Papers of the demo: short documents of the made-up consortium, with what such papers say.

Figures are those of `recipe`, `MODEL_VALUES` and the planted story; no test was ever run.
"""

from __future__ import annotations

from dataclasses import dataclass

_NOTICE = "> Simulated: part of the cellchain demo. No such product, company or test exists.\n"


@dataclass(frozen=True, slots=True)
class Paper:
    """The text of a document and the file that it comes in."""

    file_name: str
    text: str
    media_type: str = "text/markdown"

    @property
    def content(self) -> bytes:
        """The bytes that are committed to."""
        return self.text.encode()


DECLARATION = Paper(
    "declaration-of-conformity.md",
    f"""# EU declaration of conformity

{_NOTICE}
1. Battery model: city pack, lithium-ion, 96 cells in series, 21 kWh
2. Manufacturer: Dynamo Packs, 1 Busbar Lane, Sampletown, Poland
3. This declaration of conformity is issued under the sole responsibility of the manufacturer.
4. Object of the declaration: traction battery for an electric vehicle, NMC 622 and graphite
5. The object of the declaration described above is in conformity with Regulation (EU) 2023/1542
   concerning batteries and waste batteries: Articles 6 to 10 and 12 to 14, as far as they apply.
6. Conformity assessment: module D1, internal quality assurance of the production process
7. Documents relied on: CYCLE-LIFE-TEST, DISMANTLING-INSTRUCTIONS

Signed for and on behalf of Dynamo Packs, Sampletown, Poland
""",
)
CYCLE_TEST = Paper(
    "cycle-life-test-report.md",
    f"""# Test report: cycle life of the city pack

{_NOTICE}
| | |
|---|---|
| object | cell of 60 Ah, NMC 622 and graphite, three samples |
| procedure | 1 C charge to 4.19 V, 1 C discharge to 3.00 V, 25 °C, rest of 30 minutes |
| end | 1 000 cycles |

| cycles | remaining capacity, mean | lowest sample |
|---|---|---|
| 0 | 100.0 % | 99.6 % |
| 250 | 92.4 % | 91.8 % |
| 500 | 86.1 % | 85.2 % |
| 750 | 80.3 % | 79.0 % |
| 1 000 | 75.2 % | 73.9 % |

Uncertainty of capacity: 0.5 % (k = 2). The results concern the samples only.
""",
)
DISMANTLING = Paper(
    "dismantling-instructions.txt",
    """DISMANTLING INSTRUCTIONS, CITY PACK
Simulated: part of the cellchain demo. No such product exists.

Only for persons trained to work on high voltage. Nominal voltage 355 V, up to 402 V.

1. Switch the vehicle off; take the 12 V battery's negative terminal off.
2. Pull the orange service plug. Wait five minutes. Measure: less than 60 V at the outer terminals.
3. Drain the coolant (2.5 litres) into a clean container.
4. Loosen the twelve M8 bolts of the cover, from the outside in; lift it off.
5. Unscrew the busbars from module 8 to module 1 with insulated tools; cover each terminal at once.
6. Lift each module (12 cells, about 12 kg) by its two lugs; never by the cables.
7. Keep modules upright, dry, between 5 and 35 degrees Celsius, 0.5 m apart from one another.

A module that is warm to the touch, swollen or smells sweet: leave the room, call the fire brigade.
Extinguish with much water. Cells may catch fire again within 24 hours.
""",
    "text/plain",
)
SERVICE_REPORT = Paper(
    "service-report.md",
    f"""# Service report, Gearbox Workshop

{_NOTICE}
Complaint: range falls short, one cell low after standing.
Found: a cell of one module discharges itself; insulation and contactors in order.
Done: one module replaced by a new one, capacity and balance measured, no further findings.
""",
)
DUE_DILIGENCE = Paper(
    "due-diligence-report.md",
    f"""# Due diligence report, Acme Mine

{_NOTICE}
Scope: cobalt, lithium, nickel, natural graphite; pits north, south, east and west, hill.
Policy: Annex X of Regulation (EU) 2023/1542; OECD Guidance for Responsible Supply Chains.
Risks looked for: child labour, health of workers, water, armed groups; two sites visited.
Findings: dust in the crushing hall of the south pit above the house limit; ventilation was mended.
""",
)
CERTIFICATE = Paper(
    "certificate-of-recycling.md",
    f"""# Certificate of recycling, Indigo Recycler

{_NOTICE}
The batteries and modules that the ledger shows as taken apart by this works were discharged,
shredded and treated in it. Masses in and out, and what was recovered of each element, are in the
ledger under the runs of the day. Nothing was sent to landfill untreated.
""",
)
