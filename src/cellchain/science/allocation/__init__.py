r"""Which battery goes to which buyer: the allocation of most value, and the proof that it is that.

Batteries *i* with a value $v_{ij}$ in slot *j* (a channel, region and buyer), slots with room
$c_j$, every battery placed. The matrix of the problem is totally unimodular (Hoffman and Kruskal
1956), so a best allocation has a price $p_j \ge 0$ for each slot with which nobody would rather be
elsewhere, and

$$ \sum_i \max_j (v_{ij} - p_j) + \sum_j p_j c_j $$

bounds what *any* allocation is worth, whatever the prices: who has the values and the prices checks
the claim in one pass.

    prices.py       prices near the best ones, by subgradient, from a sample and then from all
    paths.py        from these to the optimum, a battery at a time along shortest paths
    potentials.py   the least prices of an optimum: longest paths from the spare room
    naive.py        first come, first served; greedy: what a market does without a plan
    generator.py    batteries and buyers that nobody has, to try all of this on
"""
