"""Operations made by hand: rings in a chain, with some more links."""

from dataclasses import replace

import numpy as np
from report.fake_case import make_case, make_log, make_ring

from collusion.base.operation import Operation, RingLink

STATUSES = ("flagged", "coordinated", "candidate", "explained")


def case_of(n, *, more=0.3, kinds=("accounts", "sellers", "texts", "ip"), shared=None, seed=1):
    """Return a case whose n rings are one operation; each ring is linked to the one before, and to others near it."""
    random = np.random.default_rng(seed)
    log, _, _ = make_log(20, 20, n=1200, text=False)
    people, products = sorted(set(log.reviewer_id)), sorted(set(log.product_id))
    rings = []
    for k in range(n):
        members = [people[i] for i in random.choice(len(people), 4 + int(30 * random.random() ** 3), replace=False)]
        of = [products[i] for i in random.choice(len(products), 4, replace=False)]
        rings.append(make_ring(log, members, of, rank=k + 1, status=STATUSES[k % 4]))
    pairs = [(a, b) for b in range(n) for a in range(b) if b - a == 1 or (b - a < 6 and random.random() < more)]
    links = tuple(
        RingLink(rings[a].id, rings[b].id, kinds[(a + b) % len(kinds)], shared or tuple(people[: 2 + (a * b) % 17]), 1.25, 1e-4, 0.001 * b)
        for a, b in pairs
    )
    count = {one: sum(one in ring.reviewers for ring in rings) for one in people}
    core = tuple(sorted((one for one in people if count[one] > 1), key=lambda one: (-count[one], one)))
    operation = Operation(f"O-{n:012x}", 1, tuple(ring.id for ring in rings), links, core)
    return replace(make_case(log, rings), operations=(operation,))
