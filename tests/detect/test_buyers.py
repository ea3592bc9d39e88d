"""Products seen to buy reviews (He et al., PNAS 2022), where ``COLLUSION_DATA`` names the folder: what features reach without labels."""

import pandas as pd
import pytest

from collusion.bench.ranking import average_precision
from collusion.detect.footprint import rank_sum
from collusion.testing.detectors import _auc


@pytest.fixture(scope="module")
def products(real_data):
    return pd.read_csv(real_data / "pnas2022_products.csv.gz")


def test_without_labels(products):
    """The rank sum of clustering coefficient and eigenvector centrality, the score of `footprint`: AUC .842, AP .777; base rate .432."""
    bought = products["fake"].to_numpy() == 1
    assert (len(bought), bought.sum()) == (3408, 1472)
    score = rank_sum(products["clustering_coef"].to_numpy(), products["eigenvector_cent"].to_numpy())
    assert _auc(score, bought) >= 0.842
    assert average_precision(score, bought) >= 0.777
    # Neither does it alone.
    assert _auc(products["clustering_coef"].to_numpy(), bought) == pytest.approx(0.798, abs=5e-4)
    assert _auc(products["eigenvector_cent"].to_numpy(), bought) == pytest.approx(0.785, abs=5e-4)
