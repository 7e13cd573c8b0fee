"""Telemetry on this machine: tables in, Parquet and window secrets kept, questions answered.

Whoever wants one of it names its file, so that a server that shows charts does not load what reads
tables.
"""
