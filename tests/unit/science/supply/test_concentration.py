"""Indices of concentration, as they are worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.supply.concentration import indices, means, scores

MARKET, SHARE = np.array([0, 0, 0, 0, 1]), np.array([0.3, 0.3, 0.2, 0.2, 1.0])


def test_the_example_of_the_department_of_justice():
    """Four firms of 30, 30, 20 and 20 percent: 2,600; one that has all: 10,000."""
    assert indices(MARKET, SHARE) == pytest.approx([2600, 10_000])
    half = np.array([0.5, 0, 1, 0, 0.25])
    assert indices(MARKET, SHARE, half) == pytest.approx([450 + 400, 2500])


def test_scores_go_from_safe_to_hopeless():
    risk = means(MARKET, SHARE, np.array([1.0, 0, 0.5, 0, 1]))
    assert risk == pytest.approx([0.4, 1])
    assert scores(np.array([2600.0, 10_000]), risk, np.array([0.5, 0])) == pytest.approx([0.052, 1])
    assert scores(np.array([10_000.0]), np.ones(1), np.ones(1)).tolist() == [0]
