"""Rings in the sample log that an innocent explanation once cleared, however high their score: each is flagged."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from collusion.pipeline import scan

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "market" / "reviews.csv.gz"
ACCOUNTS, TARGETS, SHARE, DAYS, COVER = 20, 8, 0.6, 14, 3
BEGIN = pd.Timestamp("2021-05-01")

STARS = {
    "best": lambda _which, _rng: 5,
    "worst": lambda _which, _rng: 1,
    "half of each": lambda which, _rng: 5 if which < TARGETS // 2 else 1,
    "fours and fives": lambda _which, rng: 4 if rng.random() < 0.3 else 5,
}

KINDS = [*((stars, False) for stars in STARS), ("best", True), ("worst", True)]
"""What they give, and whether each target gets it within two weeks of its launch rather than all at once."""


@pytest.fixture(scope="module")
def sample():
    data = pd.read_csv(SAMPLE, dtype=str, usecols=["reviewer_id", "product_id", "rating", "timestamp", "category"])
    data["day"] = pd.to_datetime(data["timestamp"], format="ISO8601", utc=True).dt.tz_localize(None)
    return data


def planted(sample, stars, at_launch, seed):
    """The sample with a ring of so many accounts on so many products of its largest category, and their names.

    Each account wrote three ordinary reviews besides.
    """
    rng = np.random.default_rng([seed, at_launch])
    shelf = sample[sample.category == sample.category.mode()[0]].groupby("product_id").day.agg(["min", "max", "size"])
    shelf = shelf[shelf["size"].between(6, 40)]
    if at_launch:
        shelf = shelf[shelf["min"].between(BEGIN - pd.Timedelta(days=90), BEGIN + pd.Timedelta(days=240))]
    else:
        shelf = shelf[(shelf["min"] < BEGIN - pd.Timedelta(days=30)) & (shelf["max"] > BEGIN + pd.Timedelta(days=20))]
    targets = shelf.sample(TARGETS, random_state=seed)
    rows, names = [], [f"account {k}" for k in range(ACCOUNTS)]
    for name in names:
        for which, (product, first) in enumerate(targets["min"].items()):
            if rng.random() < SHARE:
                day = (first if at_launch else BEGIN) + pd.Timedelta(days=DAYS * rng.random())
                rows.append({"reviewer_id": name, "product_id": product, "rating": str(STARS[stars](which, rng)), "day": day})
        cover = sample.sample(COVER, random_state=int(rng.integers(2**31)))
        rows += [{**row, "reviewer_id": name} for row in cover[["product_id", "rating", "day"]].to_dict("records")]
    added = pd.DataFrame(rows)
    added["category"] = added.product_id.map(sample.drop_duplicates("product_id").set_index("product_id").category)
    log = pd.concat([sample, added], ignore_index=True)
    return log.assign(timestamp=log.day.dt.strftime("%Y-%m-%d")).drop(columns="day"), {*names}


@pytest.mark.slow
@pytest.mark.parametrize(("stars", "at_launch"), KINDS)
def test_it_is_flagged_whatever_it_gives_and_whenever(sample, stars, at_launch):
    log, names = planted(sample, stars, at_launch, 1)
    flagged = [names.intersection(ring.reviewers) for ring in scan(log, replicates=20).flagged]
    assert max(map(len, flagged), default=0) >= 0.9 * ACCOUNTS
