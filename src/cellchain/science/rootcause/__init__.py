"""Which lot, machine, operator, setting or pair explains the bad cells.

Screen every column, weigh pairs against their parts, control false discoveries, put candidates
that point to the same cells together, rank.

search      the question: arrays in, ranked findings out
candidates  levels, numbers and pairs with their evidence and significance
finding     one ranked candidate: its effect, its interval, what to check next
columns     what may be a cause: categories, numbers and times as conditions on coded columns
evidence    how much better a condition explains the bad cells than chance does
screening   tests of significance: Fisher, Mann and Whitney, the best of several cut points
pairs       two conditions together, and whether both are needed
discovery   false-discovery rates over everything that was tested
groups      candidates that point to nearly the same cells
"""
