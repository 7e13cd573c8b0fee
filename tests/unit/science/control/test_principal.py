"""Principal components, judged by somebody else's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from process_improve.multivariate.methods import PCA

from cellchain.science.control.principal import principal
from cellchain.science.control.quadratic import summed


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("variance", [0.5, 0.8, 0.95])
def test_both_scores_are_those_of_process_improve(seed, variance):
    dice = np.random.default_rng(seed)
    rows = dice.normal(size=(200, 6)) @ dice.normal(size=(6, 6))
    standardised = (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)
    usual, rest = principal([standardised], variance=variance)
    kept = int(np.linalg.matrix_rank(usual.root))
    oracle = PCA(n_components=kept).fit(pd.DataFrame(standardised))
    for ours, theirs in (
        (usual, oracle.hotellings_t2_[kept]),
        (rest, oracle.spe_[kept] ** 2),  # theirs is the length, ours its square
    ):
        assert summed(ours.contributions(standardised)) == pytest.approx(theirs.to_numpy())
