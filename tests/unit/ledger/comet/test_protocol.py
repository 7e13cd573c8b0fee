"""Our description of ABCI says what the published one says, field by field."""

import subprocess
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from cellchain.ledger.engine.comet import abci_pb2
from tests.machine import cannot

VERSION = "v0.39.4"
OURS = descriptor_pb2.FileDescriptorProto()
abci_pb2.DESCRIPTOR.CopyToProto(OURS)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Messages and enumerations of the published files, by name."""
    try:
        asked = ["go", "env", "GOMODCACHE"]
        cache = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        cannot("no go on this machine, which keeps the published protocol files")
    folder = Path(cache) / "github.com/cometbft" / f"cometbft@{VERSION}" / "proto"
    gogo = sorted(Path(cache).glob("github.com/cosmos/gogoproto@*"))
    if not folder.exists() or not gogo:
        cannot(f"the source of CometBFT {VERSION} is not on this machine")
    from grpc_tools import _protoc_compiler, protoc

    out = tmp_path_factory.mktemp("published") / "all"
    names = ["abci/types", "types/params", "types/validator", "crypto/keys"]
    well_known = Path(protoc.__file__).parent / "_proto"
    includes = [f"-I{one}" for one in (folder, gogo[-1], well_known)]
    files = [f"tendermint/{name}.proto" for name in names]
    arguments = ["protoc", *includes, f"--descriptor_set_out={out}", *files]
    assert _protoc_compiler.run_main([one.encode() for one in arguments]) == 0
    found = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return {one.name: one for file in found.file for one in (*file.message_type, *file.enum_type)}


def fields(message):
    return {
        field.number: (
            field.name, field.type, field.label, field.type_name.rpartition(".")[2],
            field.HasField("oneof_index"),
        )
        for field in message.field
    }  # fmt: skip


def values(enumeration):
    return {value.name: value.number for value in enumeration.value}


def test_every_field_of_ours_is_one_of_the_protocol(published):
    for message in OURS.message_type:
        theirs, ours = fields(published[message.name]), fields(message)
        assert ours.items() <= theirs.items(), message.name
        for inner, outer in zip(message.enum_type, published[message.name].enum_type, strict=True):
            assert values(inner) == values(outer)


def test_every_enumeration_of_ours_is_that_of_the_protocol(published):
    for enumeration in OURS.enum_type:
        assert values(enumeration) == values(published[enumeration.name])


def test_every_request_and_response_of_the_protocol_is_known(published):
    for name in ("Request", "Response"):
        message = next(one for one in OURS.message_type if one.name == name)
        assert fields(message) == fields(published[name])


def test_what_decides_a_block_is_read_and_sent_whole(published):
    """Fields that are left out are none that the application answers for."""
    left_out = {
        message.name: sorted(
            name for number, (name, *_) in fields(published[message.name]).items()
            if number not in fields(message)
        )
        for message in OURS.message_type
    }  # fmt: skip
    assert {name: names for name, names in left_out.items() if names} == LEFT_OUT


LEFT_OUT = {
    "ConsensusParams": ["abci", "authority"],
    "ExecTxResult": ["events"],
    "PublicKey": ["bls12381"],
    "RequestExtendVote": [
        "misbehavior", "next_validators_hash", "proposed_last_commit", "proposer_address", "time",
        "txs",
    ],
    "RequestPrepareProposal": ["local_last_commit"],
    "RequestProcessProposal": ["proposed_last_commit"],
    "ResponseCheckTx": ["events"],
    "ResponseFinalizeBlock": ["events"],
    "ResponseQuery": ["proof_ops"],
}  # fmt: skip


def test_the_python_is_what_the_description_gives(tmp_path):
    from grpc_tools import protoc

    root = Path(abci_pb2.__file__).parents[4]
    name = "cellchain/ledger/engine/comet/abci.proto"
    arguments = ["protoc", f"-I{root}", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    well_known = f"-I{Path(protoc.__file__).parent / '_proto'}"
    assert protoc.main([*arguments, well_known, name]) == 0
    for made in (name.replace(".proto", "_pb2.py"), name.replace(".proto", "_pb2.pyi")):
        assert (tmp_path / made).read_text() == (root / made).read_text(), "run: make proto"
