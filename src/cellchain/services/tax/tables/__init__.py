"""Rules of taxes and incentives as dated tables, a file a jurisdiction; every number has its law.

What a table says is retyped from the laws or from public summaries of them; a rule that was not
held against the official text says so with ``unverified`` and ``why``.
"""
