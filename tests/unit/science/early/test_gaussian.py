"""Our evaluation of a Gaussian process is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

from cellchain.science.early.gaussian import Kernel, fitted_kernel, process

DICE = np.random.default_rng(4)
FEATURES = DICE.normal(3.0, 2.0, size=(25, 3))
ANSWERS = FEATURES @ [0.3, -0.1, 0.0] + np.sin(FEATURES[:, 0]) + 0.05 * DICE.normal(size=25)


def test_mean_and_deviation_are_those_of_scikit_learn():
    kernel = Kernel(amplitude=0.8, length=1.7, slope=0.4, noise=0.02)
    ours = process(kernel, FEATURES, ANSWERS)
    theirs = GaussianProcessRegressor(
        ConstantKernel(0.8) * RBF(1.7)
        + ConstantKernel(0.4) * DotProduct(0.0, "fixed")
        + WhiteKernel(0.02),
        optimizer=None,
    ).fit((FEATURES - ours.mean) / ours.scale, (ANSWERS - ours.centre) / ours.unit)
    asked = DICE.normal(3.0, 4.0, size=(20, 3))
    mean, deviation = theirs.predict((asked - ours.mean) / ours.scale, return_std=True)
    found = np.array([ours.at(one) for one in asked])
    assert_allclose(found[:, 0], mean * ours.unit + ours.centre, rtol=1e-9)
    assert_allclose(found[:, 1], deviation * ours.unit, rtol=1e-6)


def test_the_kernel_explains_what_a_line_does_not():
    kernel = fitted_kernel(FEATURES, ANSWERS)
    fit = process(kernel, FEATURES, ANSWERS)
    errors = [fit.at(one)[0] - truth for one, truth in zip(FEATURES, ANSWERS, strict=True)]
    assert np.std(errors) < 0.2 * np.std(ANSWERS)
    assert fitted_kernel(FEATURES, ANSWERS) == kernel


def test_far_from_every_cell_the_deviation_grows():
    fit = process(Kernel(1.0, 1.0, 0.1, 0.01), FEATURES, ANSWERS)
    assert fit.at(FEATURES[0])[1] < fit.at(FEATURES.mean(axis=0) + 20.0)[1]


@pytest.mark.parametrize("place", range(3))
def test_a_constant_feature_says_nothing(place):
    features = FEATURES.copy()
    features[:, place] = 7.0
    fit = process(Kernel(1.0, 1.0, 0.1, 0.01), features, ANSWERS)
    assert np.isfinite(fit.at(features[3])).all()
