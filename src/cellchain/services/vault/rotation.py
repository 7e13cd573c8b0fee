"""Rotation: a party's opening key is replaced, epoch by epoch, and the old one destroyed.

    1  `prepare` makes the key of the next epoch in the home
    2  the ledger takes its public half (`membership.set_opening_key`): others close for it now
    3  `finish` wraps anew what the home can open, then destroys the keys before

After a crash between any two, beginning again goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership import SetOpeningKey
from cellchain.core.names import KeyId
from cellchain.crypto.envelope import wrap_key

if TYPE_CHECKING:
    from cellchain.core.names import Digest, PartyId
    from cellchain.crypto.envelope import Wrap
    from cellchain.services.vault.vault import Vault

_WRAPS_AT_ONCE = 1000


def prepare(vault: Vault, party: PartyId) -> SetOpeningKey:
    """Return the message by which ``party`` names its next opening key, kept in this home."""
    present = vault.members.recipient(party)
    epoch = 1 if present is None else present.epoch + 1
    return SetOpeningKey(public_key=KeyId(vault.keys.make(party, epoch).hex()), epoch=epoch)


def finish(vault: Vault, party: PartyId) -> int:
    """Wrap for the present epoch what this home can open; return how many records that were."""
    present = vault.members.recipient(party)
    if present is None or present.epoch not in vault.keys.epochs(party):
        return 0  # the key in force is not here: the former ones are all this home has
    count = 0
    while found := vault.index.wraps_before(party, present.epoch, _WRAPS_AT_ONCE):
        renewed: list[tuple[Digest, Wrap]] = []
        for record, wrap in found:
            data_key = vault.unwrapped(wrap, record.label)
            if data_key is None:
                vault.index.drop_wrap(record.commitment, party)  # it opens for nobody any more
            else:
                renewed.append((record.commitment, wrap_key(data_key, record.label, present)))
        vault.index.put_wraps(renewed)
        count += len(renewed)
    for epoch in vault.keys.epochs(party):
        if epoch < present.epoch:
            vault.keys.destroy(party, epoch)
    return count
