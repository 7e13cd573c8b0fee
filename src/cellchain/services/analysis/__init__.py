"""Answers from tables: what somebody asks of a file, without a ledger.

table       columns of numbers and of text, and what is wrong with them
mapping     other people's names, units and signs

process_control  is the process as it was
root_cause       what explains the bad cells
"""
