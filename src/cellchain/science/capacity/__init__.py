"""Capacity of a cell from how its charges end, and from how it began.

history      what a cell has shown so far: medians, exponential means, its start; causal
rows         charges in arrays, and what is described of each of them
trees        what learns: extremely randomised and boosted trees, averaged
transfer     for chemistries never seen: a power law and monotone trees on ratios to the own start
domain       how far a charge lies outside everything that was learnt
experts      features alone, and with the own start; when a start is in doubt
bands        half widths that depend on the charge and hold by cell
validation   folds of whole cells, and what was said of cells left out
model        the question: learn from cells, estimate others
"""
