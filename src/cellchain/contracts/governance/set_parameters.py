"""Set parameters: gas, limits, quotas, and the versions of libraries that decide what is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.record import CHAIN, Agreement
from cellchain.contracts.governance.rights import require_vote
from cellchain.core.errors import Refused
from cellchain.ledger.contract import Event, Message
from cellchain.ledger.gas import GasPrices, intrinsic_gas
from cellchain.ledger.parameters import Parameters, check_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

WINDOW_MS_MAX = 7 * 24 * 3_600_000
"""Of a quota: who has used up its own can vote again within a week."""
VOTE_BYTES, VOTE_READS, VOTE_EVENTS = 16_384, 200, 20
"""What a large proposal takes: as long as one fits, a mistake can be voted away."""


class SetParameters(Message, frozen=True, kw_only=True, tag="governance.set_parameters/1"):
    """A vote changes the parameters that are named; the others stay."""

    gas: GasPrices | None = None
    libraries: dict[str, str] | None = None
    block_bytes_max: int | None = None
    block_gas_max: int | None = None
    transaction_bytes_max: int | None = None
    transaction_gas_max: int | None = None
    quota_gas: int | None = None
    quota_window_ms: int | None = None

    def decide(self, book: Book, context: Context) -> Iterator[ParametersSet]:
        """By vote; under the new ones a proposal can still be sent."""
        require_vote(context)
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        wanted = {name: value for name, value in named.items() if value is not None}
        parameters = replace(agreed_parameters(book, context), **wanted)
        check_parameters(parameters)
        _check_usable(parameters)
        yield ParametersSet(chain=CHAIN, parameters=parameters)


class ParametersSet(Event[Agreement], frozen=True, kw_only=True, tag="governance.parameters_set/1"):
    """Other parameters are in force from the next block on."""

    subject_field = "chain"
    chain: str
    parameters: Parameters

    def evolve(self, _: Agreement | None) -> Agreement:
        """All of them are named."""
        return Agreement(parameters=self.parameters)


def agreed_parameters(book: Book, context: Context) -> Parameters:
    """Return the parameters as this transaction has left them."""
    agreement = book.find(Agreement, CHAIN)
    in_force: Parameters = context.parameters
    return in_force if agreement is None else agreement.parameters


def _check_usable(parameters: Parameters) -> None:
    prices = parameters.gas
    least = (
        intrinsic_gas(prices, VOTE_BYTES)
        + VOTE_READS * prices.read
        + VOTE_EVENTS * prices.event
        + VOTE_BYTES * prices.byte_milli // 1000
    )
    most, size = min(parameters.fitting_gas, parameters.quota_gas), parameters.fitting_bytes
    if most < least or size < VOTE_BYTES or parameters.quota_window_ms > WINDOW_MS_MAX:
        raise Refused(
            "governance.unusable",
            f"a proposal may take {least} gas and {VOTE_BYTES} bytes; {most} and {size} would be"
            f" allowed in {parameters.quota_window_ms} ms, and nothing could be voted on any more",
        )
