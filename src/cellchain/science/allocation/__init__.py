r"""Which battery goes to which buyer: the allocation of most value, and the proof that it is that.

Batteries *i* with a value $v_{ij}$ in slot *j* (a channel, region and buyer), slots with room
$c_j$, every battery placed. The matrix of the problem is totally unimodular (Hoffman and Kruskal
1956), so a best allocation has a price $p_j \ge 0$ for each slot with which nobody would rather be
elsewhere, and

$$ \sum_i \max_j (v_{ij} - p_j) + \sum_j p_j c_j $$

bounds what *any* allocation is worth, whatever the prices: who has the values and the prices checks
the claim in one pass.

values      what each battery is worth in each slot
prices      prices near the best ones, by subgradient, from a sample and then from all
paths       from these to the optimum, a battery at a time along shortest paths
potentials  the least prices of an optimum: longest paths from the spare room
optimum     all of it: the allocation, or why there is none
lots        where a slot takes nothing or at least a lot: branches, each with its prices
windows     sets of batteries that are alike
sets        where slots take such sets: as good as it was found
"""
