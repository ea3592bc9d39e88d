"""Small cases made by hand: a log of columns, and a lookup that reads from it."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from collusion.base.model import Accounting, Context, Doubt, Evidence, Provenance, SignalInfo, Source
from collusion.base.profits import Harm, Month, Profit, Profits
from collusion.case import Case, Ring, ring_id

NO_TIME = np.iinfo(np.int32).min

ABOVE = "What is left must exceed what shuffled logs reach."
SIGNALS = (
    SignalInfo(
        "co-reviews",
        "Did they review the same products at the same time more often than chance produces?",
        "acts together",
        (),
        "Logs whose reviewers were shuffled, searched in the same way.",
    ),
    SignalInfo("rating sessions", "Did members review in large batches, so that they coincide by accident?", "acts together", (), ABOVE),
    SignalInfo("launches", "Did they come for launches, as fans do?", "acts together", ("timestamp",), ABOVE),
    SignalInfo(
        "rating",
        "Do they rate the products unlike other reviewers do?",
        "behaves like paid",
        ("rating",),
        "Ratings drawn from those of other reviewers of the same products.",
    ),
    SignalInfo(
        "exclusivity", "Do they review little else?", "behaves like paid", ("timestamp",), "Accounts of the same period and category."
    ),
    SignalInfo("density", "Did they cover more of the same products than their activity explains?", "remark", (), "Shuffled reviewers."),
    SignalInfo("crowd", "Are they the busy end of a launch or promotion crowd?", "remark"),
)
"""Signals of all kinds, as a scan would list them."""

FOUND = {
    "flagged": {"q_values": {"N1": 0.025, "N2": 0.0125}, "q_paid": 0.02},
    "coordinated": {"q_values": {"N1": 0.025, "N2": 0.0125}, "q_paid": 0.4},
    "explained": {
        "q_values": {"N1": 0.025, "N2": 0.0125},
        "q_paid": 0.6,
        "residual": -2.5,
        "residual_of": "rating sessions",
        "explained_by": "rating sessions",
    },
    "candidate": {"q_values": {"N1": 0.4, "N2": 0.3}},
}
"""What the two questions find of a ring of each status."""


@dataclass
class FakeLookup:
    """Implements `collusion.case.Lookup` over a frame with reviewer_id, product_id, time (days or None), rating (or nan), text."""

    log: pd.DataFrame
    source: str = "log.csv"
    aside: tuple = ()
    times: bool = True
    ratings: bool = True
    asked: Counter = field(default_factory=Counter)

    def context(self, ring):
        self.asked["context", ring.id] += 1
        member, target = self.log.reviewer_id.isin(ring.reviewers).to_numpy(), self.log.product_id.isin(ring.products).to_numpy()
        chosen = np.flatnonzero(member | target)
        time = self.log.time.to_numpy(np.int32)
        chosen = chosen[np.lexsort((chosen, time[chosen]))]
        return Context(
            row=chosen.astype(np.int64),
            reviewer=self.log.reviewer_id.to_numpy(object)[chosen],
            product=self.log.product_id.to_numpy(object)[chosen],
            member=member[chosen],
            target=target[chosen],
            time=time[chosen] if self.times else None,
            rating=self.log.rating.to_numpy(np.float32)[chosen] if self.ratings else None,
        )

    def rows(self, rows):
        self.asked["rows"] += 1
        found = self.log.iloc[list(rows)].reset_index(drop=True)
        head = pd.DataFrame({"row": list(rows), "source": self.source, "source_row": np.asarray(rows) + 1})
        kept = [name for name in ("reviewer_id", "product_id", "review_id", "text") if name in found]
        return pd.concat([head, found[kept]], axis=1)

    def problems(self):
        return self.aside


RATINGS = {
    "mean": 4.4,
    "mean_without": 3.9,
    "difference_low": 0.3,
    "difference_high": 0.7,
    "rank": 3,
    "rank_without": 12,
    "n_ranked": 140,
}


def make_ring(log, reviewers, products, *, rank=1, status="flagged", evidence=None, times=True, **more):
    """A ring of those reviewers and products, as the pipeline would describe it."""
    reviewers, products = tuple(sorted(reviewers)), tuple(sorted(products))
    own = log[log.reviewer_id.isin(reviewers) & log.product_id.isin(products)]
    rows = tuple(int(row) for row in own.index)
    days = [int(day) for day in own.time if day != NO_TIME] if times else []
    if evidence is None:
        evidence = evidence_for(status, rows, more.get("score", 41.25 / rank))
    fields = {
        "id": ring_id(reviewers, products),
        "rank": rank,
        "status": status,
        "reviewers": reviewers,
        "products": products,
        "score": 41.25 / rank,
        "rows": rows,
        "density": round(len(rows) / max(len(reviewers) * len(products), 1), 6),
        "first_review": str(np.datetime64(min(days), "D")) if days else None,
        "last_review": str(np.datetime64(max(days), "D")) if days else None,
        "detectors": ("lockstep",),
        "evidence": evidence,
    }
    if status in {"flagged", "coordinated"}:
        fields |= {"residual": fields["score"] / 2, "residual_of": "rating sessions"}
    return Ring(**(fields | FOUND[status] | more))


def evidence_for(status, rows, score=41.25):
    """Evidence of every kind, as a scan would have it of a ring of that status."""
    explained, unlike = status == "explained", status == "flagged"
    left = (
        "With rating sessions granted, the score falls to -2.5; nothing is left of it."
        if explained
        else f"With rating sessions granted, the score falls from {score:.1f} to {score / 2:.1f}, still far above what shuffled logs reach."
    )
    return (
        Evidence(
            "co-reviews",
            "Members reviewed the same product within 7 days of each other 812 times. In 0 of 20 shuffled logs did any of 1,204 groups "
            "score this high.",
            812.0,
            4.25,
            1e-12,
            rows,
            "neutral" if status == "candidate" else "for",
        ),
        Evidence("rating sessions", left, -2.5 if explained else score / 2, 3.5, None, (), "explains" if explained else "neutral"),
        Evidence(
            "launches",
            f"With launches granted, the score falls from {score:.1f} to {score * 0.9:.1f}.",
            score * 0.9,
            3.5,
            None,
            rows[::4],
            "neutral",
        ),
        Evidence(
            "rating",
            "The ratings average 4.9; 4.2 is expected.",
            4.9,
            4.2,
            0.002 if unlike else 0.3,
            rows[::2],
            "for" if unlike else "neutral",
        ),
        Evidence("exclusivity", "A typical member wrote 60 % of their reviews here.", 0.6, 0.5, 0.2, (), "neutral"),
        Evidence("density", f"{len(rows):,} reviews of these products; 12.5 are expected.", len(rows), 12.5, 0.0, rows, "for"),
        Evidence("crowd", "That is few: the group stands apart from the crowd.", 3.0, 2.5, None, rows[::3], "against"),
    )


def every_status(log, reviewers, products):
    """Rings of all statuses by rank, an explained one first; one is coordinated although explained, and one has doubtful members."""
    members = sorted(reviewers)
    doubts = (
        Doubt(members[0], "They rated 4 of 5 shared products opposite to the group."),
        Doubt(members[2], "They reviewed 2 of 10 products."),
    )
    unlike = evidence_for("flagged", ())[3:4]
    also = (*evidence_for("explained", ())[:3], *unlike, *evidence_for("explained", ())[4:])
    return [
        make_ring(log, members, products, rank=1, status="explained"),
        make_ring(log, members[:-1], products, rank=2, doubtful=doubts),
        make_ring(log, members[:-2], products, rank=3, status="coordinated"),
        make_ring(log, members[:-3], products, rank=4, status="coordinated", explained_by="rating sessions", q_paid=0.01, evidence=also),
        make_ring(log, members[:-4], products, rank=5, status="candidate"),
    ]


def make_case(log, rings, *, notes=(), aside=(), source="log.csv", times=True, ratings=True, seconds=None, signals=SIGNALS):
    """A case over ``log`` with a lookup that counts what it is asked for."""
    return Case(
        rings=tuple(rings),
        accounting=Accounting(
            len(log) + len(aside), len(log), len(aside), len(log), 0, 0, log.reviewer_id.nunique(), log.product_id.nunique()
        ),
        provenance=Provenance(
            sources=(Source(source, "csv", len(log) + len(aside), 0, "sha256:" + "ab" * 32),),
            config={"fdr": 0.05, "detectors": ["lockstep"]},
            seed=7,
            replicates=40,
            versions={"collusion": "0.1.0", "numpy": "2.0.0", "python": "3.11.0"},
            seconds=seconds or {"read": 0.25, "find": 1.5},
        ),
        notes=tuple(notes),
        lookup=FakeLookup(log, source, tuple(aside), times, ratings),
        signals=tuple(signals),
    )


def make_profits(names, rings, sellers=()):
    """Return products of these names, the first ones raised and the last one rated down, with the same figures each; and their sellers."""
    groups = tuple(ring.id for ring in rings)

    def one(name, **more):
        dose = (Month("2019-04", 9, 0), Month("2019-06", 3, 2))
        shares = (0.1, 0.25, 0.0, 0.05)
        return Profit(name, None, 1, 70, 12, 2, *shares, groups, "2019-04-03", "2019-06-21", dose, **(RATINGS | more))

    products = tuple(replace(one(name, rating_p=0.001, rating_q=0.01, effect="raised"), seller=(*sellers, None)[0]) for name in names[:-1])
    attacked = replace(one(names[-1], effect="lowered", rating_q=0.01), seller=(*sellers, None)[-1], mean=3.1)
    sold = tuple(one(name, n_by_members=14, expected=2.25, p_value=1e-9, q_value=2e-8) for name in sellers)
    harm = Harm(names[-1], attacked.seller, tuple(names[:5]), 9)
    return Profits("bayes", sold, (*products, attacked), (harm,), 200, ("The log has no notes.",))


def make_log(size, width, n=5000, *, days=1095, burst=10, density=0.8, seed=0, text=True):
    """A log of about ``n`` honest reviews over ``days`` days and one ring; returns (log, reviewers, products)."""
    rng = np.random.default_rng([seed, size, width])
    users, things = max(n // 4, 10), max(n // 20, 3 * width)
    popularity = rng.lognormal(0, 1.2, things)
    start = 17_000 + int(days * 0.6)
    i, j = np.nonzero(rng.random((size, width)) < density)
    targets = rng.choice(things, width, replace=False)
    camouflage = len(i) // 2
    share = popularity / popularity.sum()
    columns = [
        (
            rng.integers(0, users, n),
            rng.choice(things, n, p=share),
            17_000 + rng.integers(0, days, n),
            rng.choice(5, n, p=[0.1, 0.05, 0.15, 0.3, 0.4]) + 1,
        ),
        (users + i, targets[j], start + rng.integers(0, burst, len(i)), np.full(len(i), 5)),
        (
            users + rng.integers(0, size, camouflage),
            rng.choice(things, camouflage, p=share),
            17_000 + rng.integers(0, days, camouflage),
            rng.integers(3, 6, camouflage),
        ),
    ]
    u, p, t, r = (np.concatenate(column) for column in zip(*columns, strict=True))
    log = pd.DataFrame(
        {"reviewer_id": [f"A{k:07X}" for k in u * 7919], "product_id": [f"B00{k:06d}" for k in p * 31], "time": t, "rating": r * 1.0}
    )
    log = log.drop_duplicates(["reviewer_id", "product_id"]).sample(frac=1, random_state=int(seed)).reset_index(drop=True)
    if text:
        words = np.array(
            ["great", "good", "product", "would", "buy", "again", "works", "well", "fast", "poor", "broke", "after", "a", "week"]
        )
        log["text"] = [" ".join(rng.choice(words, rng.integers(3, 60))) for _ in range(len(log))]
    log["review_id"] = [f"r{k}" for k in range(len(log))]
    return log, {f"A{k * 7919:07X}" for k in range(users, users + size)}, {f"B00{k * 31:06d}" for k in targets.tolist()}
