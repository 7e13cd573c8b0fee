"""Things that a liar could change in a light block, as CometBFT's API tells it."""

from __future__ import annotations

import copy
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Said = dict[str, Any]


def header(said: Said) -> Said:
    found: Said = said["signed_header"]["header"]
    return found


def commit(said: Said) -> Said:
    found: Said = said["signed_header"]["commit"]
    return found


def votes(said: Said) -> list[Said]:
    """Those for the block; at least one in what is changed here."""
    return [vote for vote in commit(said)["signatures"] if vote["block_id_flag"] == 2]


def flipped_hex(text: str, dice: Random) -> str:
    place = dice.randrange(len(text)) if text else 0
    return text[:place] + dice.choice("0123456789ABCDEF") + text[place + 1 :]


def flipped_base64(text: str, dice: Random) -> str:
    data = bytearray(b64decode(text))
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return b64encode(data).decode()


def absent(vote: Said) -> None:
    vote |= {
        "block_id_flag": 1,
        "validator_address": "",
        "timestamp": "0001-01-01T00:00:00Z",
        "signature": None,
    }


def _hash_of_header(said: Said, dice: Random) -> None:
    name = dice.choice([n for n in header(said) if n.endswith("_hash") and header(said)[n]])
    header(said)[name] = flipped_hex(header(said)[name], dice)


def _signature(said: Said, dice: Random) -> None:
    vote = dice.choice(votes(said))
    vote["signature"] = flipped_base64(vote["signature"], dice)


def _time_of_vote(said: Said, dice: Random) -> None:
    dice.choice(votes(said))["timestamp"] = "2026-09-21T13:33:20.000000001Z"


def _moved_vote(said: Said, dice: Random) -> None:
    dice.choice(votes(said))["validator_address"] = dice.choice(said["validators"])["address"]


def _power(said: Said, dice: Random) -> None:
    one = dice.choice(said["validators"])
    one["voting_power"] = str(int(one["voting_power"]) + dice.choice([-1, 1, 100]))


def _key(said: Said, dice: Random) -> None:
    key = dice.choice(said["validators"])["pub_key"]
    key["value"] = flipped_base64(key["value"], dice)


def _twice(said: Said, dice: Random) -> None:
    place = dice.randrange(len(said["validators"]))
    said["validators"].append(copy.deepcopy(said["validators"][place]))
    commit(said)["signatures"].append(copy.deepcopy(commit(said)["signatures"][place]))


def _other_order(said: Said, dice: Random) -> None:
    dice.shuffle(said["validators"])
    dice.shuffle(commit(said)["signatures"])


def _few(said: Said, dice: Random) -> None:
    found = votes(said)
    for vote in dice.sample(found, dice.randrange(1, len(found) + 1)):
        absent(vote)


CHANGES: dict[str, Callable[[Said, Random], None]] = {
    "nothing": lambda *_: None,
    "a vote dropped": lambda said, dice: absent(dice.choice(votes(said))),
    "votes dropped": _few,
    "a vote for nothing": lambda said, dice: dice.choice(votes(said)).update(block_id_flag=3),
    "a vote of no sort": lambda said, dice: dice.choice(votes(said)).update(block_id_flag=4),
    "a vote that is not there": lambda said, _: commit(said)["signatures"].pop(),
    "no votes": lambda said, _: commit(said).update(signatures=[]),
    "a flipped bit of a signature": _signature,
    "a short signature": lambda said, dice: dice.choice(votes(said)).update(signature="AAAA"),
    "another time of a vote": _time_of_vote,
    "a vote in the place of another": _moved_vote,
    "another hash in the header": _hash_of_header,
    "an empty hash of validators": lambda said, _: header(said).update(validators_hash=""),
    "another chain": lambda said, _: header(said).update(chain_id="other"),
    "another height": lambda said, _: header(said).update(height="77"),
    "another height in both": lambda said, _: [
        part(said).update(height="77") for part in (header, commit)
    ],
    "another height of the votes": lambda said, _: commit(said).update(height="77"),
    "another round": lambda said, dice: commit(said).update(round=dice.choice([-1, 1, 2**31 - 1])),
    "another time": lambda said, _: header(said).update(time="2026-09-21T13:40:00Z"),
    "another version": lambda said, _: header(said)["version"].update(block="10"),
    "another block that was signed": lambda said, dice: commit(said)["block_id"].update(
        hash=flipped_hex(commit(said)["block_id"]["hash"], dice)
    ),
    "other parts": lambda said, _: commit(said)["block_id"]["parts"].update(total=9),
    "another proposer": lambda said, _: header(said).update(proposer_address="00" * 20),
    "a short proposer": lambda said, _: header(said).update(proposer_address="00" * 19),
    "another power": _power,
    "another key": _key,
    "another address": lambda said, dice: dice.choice(said["validators"]).update(address="00" * 20),
    "a validator twice": _twice,
    "another order": _other_order,
    "no validators": lambda said, _: said.update(validators=[]),
}


def changed(said: Said, name: str, dice: Random) -> Said:
    """A copy with one change."""
    found = copy.deepcopy(said)
    CHANGES[name](found, dice)
    return found
