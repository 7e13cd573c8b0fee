"""Rules of taxes and incentives as dated tables, a file a jurisdiction; every number has its law.

What a table says is retyped from the laws or from public summaries of them: no rule was held
against the official gazettes. One that is doubtful beyond that says so with ``unverified`` and
``why``; one that does not is no confirmation.
"""
