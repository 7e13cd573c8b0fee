"""The comet engine: CometBFT validators put transactions in order, this application decides them.

Protocol without I/O. CometBFT sends requests of ABCI 2.0 (``abci.proto``) over sockets that an
adapter owns; `frames` takes them out of the stream of bytes, `answering` answers them.
"""
