"""What is left of a score when an explanation is granted, pair of reviews by pair of reviews: plain Python, on lists.

A log is a tuple of reviews (reviewer, product, day or None, (category, month)). Nothing here is taken from the package.
"""

from functools import cache
from itertools import combinations
from math import exp, lgamma, log

BOUNDS = (4, 8, 16, 32, 64)
KINDS = range(len(BOUNDS) + 1)
LAUNCH_DAYS = 30


def kind_of(review, reviews, window):
    """How crowded a review is: reviews of the product within the window, itself included, against the bounds."""
    crowd = sum(near(review, other, window) for other in reviews)
    return sum(crowd > bound for bound in BOUNDS)


def near(one, other, window):
    return one[1] == other[1] and None not in (one[2], other[2]) and abs(one[2] - other[2]) <= window


@cache
def coincidences(reviews, window):
    """All pairs of reviews of one product within the window: (one, other, kind)."""
    bins = {review: kind_of(review, reviews, window) for review in reviews}
    return [(a, b, max(bins[a], bins[b])) for a, b in combinations(reviews, 2) if near(a, b, window)]


@cache
def rates(reviews, window):
    """The chance that a review of one stratum and one of another coincide at a place of each kind or rarer, by (stratum, stratum)."""
    size = {}
    for review in reviews:
        size[review[3]] = size.get(review[3], 0) + 1
    hits = {}
    for a, b, degree_bin in coincidences(reviews, window):
        for one, other in {(a[3], b[3]), (b[3], a[3])}:
            held = hits.setdefault((one, other), [0] * len(KINDS))
            for k in KINDS:
                held[k] += degree_bin <= k
    return {(s, t): [n / (size[s] * (size[s] - 1) / 2 if s == t else size[s] * size[t]) for n in held] for (s, t), held in hits.items()}


def pairs_of(one, other, *, same):
    """Pairs of so many reviews of two strata; of one stratum, of different reviews."""
    return one * (one - 1) / 2 if same else one * other


def own_rates(reviews, members, window, unit):
    """The rates without the co-reviews of the members, by (stratum, stratum) of two of their reviews.

    A pair of reviews by members counts as many co-reviews as is usual in the category, for reviews so many months apart; and of the
    category's pairs by members as many as the category has, theirs included. This for a share of them: all but those at one unit of
    ``unit`` (by product), the one with the most.
    """
    size, own, hits, mine, at = {}, {}, {}, {}, {}
    for a, b, _ in coincidences(tuple(reviews), window):
        if a[0] in members and b[0] in members:
            at[unit[a[1]]] = at.get(unit[a[1]], 0) + 1
    share = 1 - max(at.values()) / sum(at.values()) if at else 0
    for who, _, _, stratum, *_ in reviews:
        size[stratum] = size.get(stratum, 0) + 1
        own[stratum] = own.get(stratum, 0) + (who in members)
    for a, b, degree_bin in coincidences(tuple(reviews), window):
        key = tuple(sorted((a[3], b[3])))
        for counts in (hits, mine) if a[0] in members and b[0] in members else (hits,):
            held = counts.setdefault(key, [0] * len(KINDS))
            for k in KINDS:
                held[k] += degree_bin <= k
    couples = [(s, t) for s in size for t in size if s <= t and s[0] == t[0]]
    none, found = [0] * len(KINDS), {}
    for s, t in couples:
        if not (own[s] and own[t]):
            continue
        alike = [(a, b) for a, b in couples if a[0] == s[0] and b[1] - a[1] == t[1] - s[1]]
        every = sum(pairs_of(size[a], size[b], same=a == b) for a, b in alike)
        theirs = sum(pairs_of(own[a], own[b], same=a == b) for a, b in alike)
        here, inside = pairs_of(size[s], size[t], same=s == t), pairs_of(own[s], own[t], same=s == t)
        row = []
        for k in KINDS:
            whole = sum(hits.get(couple, none)[k] for couple in alike)
            others = whole - share * sum(mine.get(couple, none)[k] for couple in alike)
            usual = (others + share * theirs * whole / every) / every if every else 0.0
            left = hits.get((s, t), none)[k] - share * mine.get((s, t), none)[k]
            row.append((left + share * inside * usual) / here if here else 0.0)
        found[s, t] = found[t, s] = row
    return found


@cache
def launches(reviews):
    """The day of each product's launch, where the log began well before it."""
    first = {}
    for _, product, day, _ in reviews:
        if day is not None:
            first[product] = min(first.get(product, day), day)
    begin = min(first.values())
    return {product: day for product, day in first.items() if day > begin + LAUNCH_DAYS}


def at_launch(review, launch):
    return review[2] is not None and review[1] in launch and review[2] - launch[review[1]] <= LAUNCH_DAYS


def joined(reviews, members, products):
    """Sets of products that are variants: of those that two members reviewed, joined by the visits of others, directly or not."""
    several = sorted(p for p in products if sum(r[1] == p and r[0] in members for r in reviews) > 1)
    visits = {p: {(r[0], r[2]) for r in reviews if r[1] == p and r[0] not in members and r[2] is not None} for p in several}
    sets = [{p} for p in several]
    for p, q in combinations(several, 2):
        both = len(visits[p] & visits[q])
        if both >= 3 and both >= 0.5 * min(len(visits[p]), len(visits[q])):
            one, other = (next(s for s in sets if x in s) for x in (p, q))
            if one is not other:
                sets.remove(other)
                one |= other
    return [s for s in sets if len(s) > 1]


def expected_pairs(reviews, members, rate, degree_bin, *, only=None):
    """Sum of rates over all pairs of reviews of two members; ``only`` chooses among the pairs."""
    own = [r for r in reviews if r[0] in members]
    return sum(
        rate[a[3], b[3]][degree_bin]
        for a, b in combinations(own, 2)
        if a[0] != b[0] and (a[3], b[3]) in rate and (only is None or only(a, b))
    )


def session_saving(reviews, members, rate, degree_bin):
    """By how much fewer co-reviews are expected when one counts for two visits; two visits of one review each are left as they are."""
    visits = {}
    for review in reviews:
        if review[0] in members and review[2] is not None:
            visits.setdefault((review[0], review[2]), []).append(review)
    saved = 0.0
    for (one, mine), (other, theirs) in combinations(visits.items(), 2):
        if one[0] == other[0] or len(mine) == len(theirs) == 1:
            continue
        mean = sum(rate.get((a[3], b[3]), [0.0] * len(KINDS))[degree_bin] for a in mine for b in theirs)
        saved += mean - (1 - exp(-mean))
    return saved


def without_seller(reviews, members, products, window, unit, seller):
    """Observed and expected by kind, without what was written at a seller that has more than half of the reviews of the products."""
    rate = own_rates(reviews, members, window, unit)
    at = [seller[product] for who, product, _, _ in reviews if who in members and product in products]
    main = [name for name in set(at) if name is not None and at.count(name) > len(at) / 2]
    kept = [r for r in reviews if r[0] in members and seller[r[1]] not in main]
    inside = [(a, b, degree_bin) for a, b, degree_bin in coincidences(reviews, window) if a in kept and b in kept and a[0] != b[0]]
    found = []
    for k in KINDS:
        met = {(frozenset((a[0], b[0])), unit[a[1]]) for a, b, degree_bin in inside if degree_bin <= k}
        found.append((len(met), expected_pairs(kept, members, rate, k)))
    return found


def granted(reviews, members, products, window, unit=None):
    """Observed and expected co-reviews by explanation and kind of place or rarer: {name: [(observed, expected), ...]}."""
    unit = unit or {r[1]: r[1] for r in reviews}
    rate, launch = own_rates(reviews, members, window, unit), launches(reviews)
    usual = {**rates(reviews, window), **rate}
    label = {p: ("joined", k) for k, part in enumerate(joined(reviews, members, products)) for p in part}
    once = own_rates(reviews, members, window, {r[1]: label.get(r[1], unit[r[1]]) for r in reviews})
    every = coincidences(reviews, window)
    inside = [(a, b, degree_bin) for a, b, degree_bin in every if a[0] in members and b[0] in members and a[0] != b[0]]
    size = {}
    for review in reviews:
        s, new = review[3], at_launch(review, launch)
        size[s, new] = size.get((s, new), 0) + 1
    found = {name: [] for name in ("rating sessions", "launches", "variants")}
    for k in KINDS:
        sessions = variants = met = 0
        for pair in combinations(sorted(members), 2):
            shared = [(a, b) if a[0] == pair[0] else (b, a) for a, b, degree_bin in inside if degree_bin <= k and {a[0], b[0]} == set(pair)]
            places = len({unit[a[1]] for a, _ in shared})
            met += places
            sessions += min(len({a[2] for a, _ in shared}), len({b[2] for _, b in shared}), places)
            variants += min(len({label.get(a[1], unit[a[1]]) for a, _ in shared}), places)
        plain = expected_pairs(reviews, members, rate, k)
        by_class = 0.0
        for c in (0, 1, 2):

            def of_class(a, b, c=c):
                return at_launch(a, launch) + at_launch(b, launch) == c

            own = expected_pairs(reviews, members, rate, k, only=of_class)
            # Of the whole log, a review drawn twice included, as in the sizes of its strata.
            whole = sum(
                0.5 * size[s, new] * size[t, old] * usual[s, t][k]
                for s, new in size
                for t, old in size
                if (s, t) in usual and new + old == c
            )
            seen = sum(degree_bin <= k and of_class(a, b) for a, b, degree_bin in every)
            mine = sum(degree_bin <= k and of_class(a, b) for a, b, degree_bin in inside)
            by_class += own * max((seen - mine) / max(whole - own, 1.0), 1.0)
        found["rating sessions"].append((sessions, max(plain - session_saving(reviews, members, rate, k), 0.0)))
        found["launches"].append((met, max(by_class, plain)))
        found["variants"].append((variants, max(expected_pairs(reviews, members, once, k), plain)))
    return found


def value(observed, expected, size, n_reviewers, n_reviews):
    """Nats per member by which the co-reviews exceed their mean, less what choosing the group costs."""
    mean = max(expected, 1 / n_reviews)
    ratio = observed * log(observed / mean) - observed + mean if observed > mean else 0.0
    groups = lgamma(n_reviewers + 1) - lgamma(size + 1) - lgamma(n_reviewers - size + 1) if 0 < size < n_reviewers else 0.0
    return round((ratio - groups) / size, 6)
