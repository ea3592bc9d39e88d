"""What the signals were before their loops were compiled: slow, obvious, and equal to the last bit."""

import math
import zlib

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import betainc, betaln, gammainc, ndtr

from collusion.evidence import crowd as crowds
from collusion.evidence import early as early_signal
from collusion.evidence import fans as fandom
from collusion.evidence import households as homes
from collusion.evidence import own_time as own_times
from collusion.evidence import promotion as promotions
from collusion.evidence import rating as ratings
from collusion.evidence import sittings as evenings
from collusion.evidence import synchrony as together
from collusion.evidence import variants as listings
from collusion.evidence.density import EXACT, STEPS
from collusion.evidence.early import NEW_DAYS
from collusion.evidence.synchrony import close_pairs
from collusion.evidence.words import p_text
from collusion.graph.graph import NO_TIME
from collusion.graph.membership import open_slots, slots_of
from collusion.kernels.near import pairs_before
from collusion.model import Evidence


def stream(seed, *timelines):
    first = min(int(timeline[0]) for timeline in timelines if len(timeline))
    return np.random.default_rng([seed, *(zlib.crc32((timeline - first).astype(np.int64).tobytes()) for timeline in timelines)])


def synchrony(graph, slots, window, rng):
    if graph.time is None:
        return None
    dated = slots[graph.time[slots] != NO_TIME]
    products, counts = np.unique(graph.product[dated], return_counts=True)
    products, counts = products[counts >= 2], counts[counts >= 2]
    if not len(products):
        return None
    observed, pairs = 0, 0
    drawn = np.zeros(together.DRAWS)
    rows = []
    seed = int(rng.integers(2**32))
    for p, k in zip(products, counts, strict=True):
        own = dated[graph.product[dated] == p]
        rows.append(graph.row[own])
        timeline = graph.time[graph.product_indptr[p] : graph.product_indptr[p + 1]]
        timeline = timeline[timeline != NO_TIME]
        own_days = graph.time[own]
        observed += int(close_pairs(own_days[None, :], window)[0])
        pairs += int(k) * (int(k) - 1) // 2
        drawn += close_pairs(np.sort(_draws(timeline, int(k), stream(seed, timeline, own_days)), axis=1), window)
    expected = float(drawn.mean())
    p_value = (1 + int((drawn >= observed).sum())) / (together.DRAWS + 1)
    statement = (
        f"Of {pairs:,} pairs of ring reviews of one product, {observed:,} lie within {window} days; {expected:.1f} are expected when "
        f"the dates are drawn from each product's own reviews (N3, {p_text(p_value)})."
    )
    return Evidence(
        signal="synchrony",
        statement=statement,
        observed=float(observed),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(np.concatenate(rows))),
        stance="for" if p_value <= 0.05 else "neutral",
    )


def _draws(timeline, k, rng):
    n = len(timeline)
    if k == n:
        return np.broadcast_to(timeline, (together.DRAWS, n))
    if n <= together.LONG:
        return timeline[rng.random((together.DRAWS, n)).argpartition(k - 1, axis=1)[:, :k]]
    return timeline[rng.integers(n, size=(together.DRAWS, k))]


def own_time(graph, slots, window, rng):
    if graph.time is None:
        return None
    dated = slots[graph.time[slots] != NO_TIME]
    products, counts = np.unique(graph.product[dated], return_counts=True)
    products, counts = products[counts >= 2], counts[counts >= 2]
    if not len(products):
        return None
    observed, pairs = 0, 0
    drawn = np.zeros(own_times.DRAWS)
    rows = []
    seed = int(rng.integers(2**32))
    for p, k in zip(products, counts, strict=True):
        own = dated[graph.product[dated] == p]
        rows.append(graph.row[own])
        every = np.arange(graph.product_indptr[p], graph.product_indptr[p + 1])
        life = graph.time[every]
        others = graph.time[np.setdiff1d(every, own)]
        life, others = life[life != NO_TIME], others[others != NO_TIME]
        observed += int(close_pairs(graph.time[own][None, :], window)[0])
        pairs += int(k) * (int(k) - 1) // 2
        draw = stream(seed, life, graph.time[own])
        anywhere = draw.integers(int(life[0]), int(life[-1]) + 1, size=(own_times.DRAWS, k))
        pool = len(others) + int(k)
        # Without replacement, since a date drawn twice is close to itself; among very many dates that does not matter.
        which = (
            draw.integers(0, pool, size=(own_times.DRAWS, k))
            if pool > own_times.LONG
            else draw.random((own_times.DRAWS, pool)).argpartition(k - 1, axis=1)[:, :k]
        )
        # In their order: that of argpartition is another one on other processors.
        which = np.sort(which, axis=1)
        times = np.where(which < len(others), np.append(others, np.zeros(k, others.dtype))[which], anywhere)
        drawn += close_pairs(np.sort(times, axis=1), window)
    expected = float(drawn.mean())
    p_value = (1 + int((drawn >= observed).sum())) / (own_times.DRAWS + 1)
    shows = (1 + int((drawn >= pairs).sum())) / (own_times.DRAWS + 1) <= own_times.LEVEL
    explains = (p_value > own_times.LEVEL and shows) or observed < own_times.HARDLY * expected <= pairs
    statement = (
        f"Of {pairs:,} pairs of the group's reviews of one product, {observed:,} lie within {window} days; {expected:.1f} are expected "
        f"when each member comes at a time at which others review the product ({p_text(p_value)}). "
        + (
            "Each came in his own time, as regulars and people of one taste do."
            if explains
            else "Shared places alone do not explain that they came together."
            if p_value <= own_times.LEVEL
            else "Dates could not tell here."
        )
    )
    return Evidence(
        signal="own time",
        statement=statement,
        observed=float(observed),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(np.concatenate(rows))),
        stance="explains" if explains else "neutral",
    )


def crowd(graph, meet, reviewers, products):
    own = slots_of(graph, reviewers)
    own = own[np.isin(graph.product[own], products)]
    opened = open_slots(meet, own)
    if not len(opened):
        return None
    visits = np.unique(np.stack([graph.reviewer[opened], meet.place_of[graph.product[opened]]], axis=1), axis=0)[:, 0]
    who, places = np.unique(visits, return_counts=True)
    inside = np.isin(who, reviewers)
    if not inside.any():
        return None
    usual = float(np.median(places[inside]))
    others = int((places[~inside] >= usual / 2).sum())
    explains = others > crowds.FEW_OTHERS * len(reviewers)
    statement = (
        f"While the group was at its places, the median member came to {usual:g} of them; {others:,} people outside the group came to half "
        f"as many or more, for {len(reviewers):,} members. "
        + (
            "No gap parts the group from the crowd around it, as in a launch or promotion that draws many."
            if explains
            else "That is few: the group stands apart from the crowd around it, so a launch or promotion crowd does not explain it."
        )
    )
    return Evidence(
        signal="crowd",
        statement=statement,
        observed=float(others),
        expected=crowds.FEW_OTHERS * len(reviewers),
        rows=tuple(int(row) for row in np.sort(graph.row[own])),
        stance="explains" if explains else "neutral",
    )


def promotion(graph, reviewers, products, rating):
    if graph.time is None:
        return None
    launch = launches(graph)
    others, own, left_out = 0, 0, 0
    usual = []
    rows = []
    for p in products:
        slots = np.arange(graph.product_indptr[p], graph.product_indptr[p + 1])
        slots = slots[graph.time[slots] != NO_TIME]
        member = np.isin(graph.reviewer[slots], reviewers)
        came, rest = np.unique(graph.time[slots[member]].astype(np.int64)), graph.time[slots[~member]]
        if not len(came):
            continue
        if came[0] <= launch[p] + NEW_DAYS:
            left_out += int(member.sum())
            continue
        days = np.unique((came[:, None] + np.arange(-promotions.NEAR, promotions.NEAR + 1)).ravel())
        first, last = max(int(launch[p]) + NEW_DAYS, int(came[0]) - promotions.AROUND), int(came[-1]) + promotions.AROUND
        near = np.isin(rest, days)
        around = int(((rest >= first) & (rest <= last) & ~near).sum())
        others += int(near.sum())
        usual.append((around + 0.5) / max(last - first + 1 - len(days), 1) * len(days))
        own += int(member.sum())
        rows.append(graph.row[slots[member]])
    if not own or own < left_out:
        return None
    expected = math.fsum(usual)  # exact, so that the order of products, which their names make, has no say
    p_value = float(gammainc(others, expected)) if others else 1.0
    favours = rating is not None and rating.stance == "for"
    explains = p_value <= promotions.LEVEL and others - expected >= promotions.LEAST * own and not favours
    statement = (
        f"In the days of the members' {own:,} reviews {others:,} others reviewed the same products; {expected:.1f} are expected from the "
        f"{promotions.AROUND} days before and after ({p_text(p_value)}). "
        + (
            "Whatever brought the members brought others too, as a sale or promotion does."
            if explains
            else "The members came alone: no sale or promotion was on that brought others too."
            if p_value > promotions.UNSURE
            else "More others came than at other times, but not so clearly that a sale or promotion could be taken for the reason."
            if p_value > promotions.LEVEL
            else "Others came too, but that does not explain how the members rate."
            if favours
            else "Hardly any others came beside the members."
        )
    )
    return Evidence(
        signal="promotion",
        statement=statement,
        observed=float(others),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(np.concatenate(rows))),
        stance="explains" if explains else "neutral",
    )


def fans(graph, slots, score, by_product):
    if not len(slots):
        return None
    if graph.seller is None:
        return _of_no_known_seller(graph, slots)
    seller = graph.seller[graph.product[slots]]
    known = seller[seller >= 0]
    if not len(known):
        return None
    largest = float(np.bincount(known).max()) / len(slots)
    explains = largest >= fandom.NEARLY_ALL or score <= 0 < by_product
    statement = (
        f"The group's reviews are at {len(np.unique(known)):,} sellers, {largest:.0%} of them at one; its score is {by_product:.1f} with "
        f"meetings counted once a product, and {score:.1f} with meetings counted once a seller (N2). "
        + (
            "Fans of one seller or series meet so; a ring of that seller's own would as well, and could not be told from them."
            if explains
            else "Fans of one seller or series do not explain that."
        )
    )
    return Evidence(
        signal="fans",
        statement=statement,
        observed=round(largest, 6),
        expected=fandom.NEARLY_ALL,
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="explains" if explains else "neutral",
    )


def _of_no_known_seller(graph, slots):
    if graph.time is None:
        return None
    launch = launches(graph)
    # What was on the shelves when the log begins was launched nobody knows when.
    dated = launch[launch != NO_TIME]
    known = launch > (int(dated.min()) if len(dated) else 0) + NEW_DAYS
    own = slots[known[graph.product[slots]] & (graph.time[slots] != NO_TIME)]
    if not len(own):
        return None
    products, counts = np.unique(graph.product[own], return_counts=True)
    usual = np.zeros(len(products))
    for k, p in enumerate(products):
        others = np.setdiff1d(np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]), slots)
        others = others[graph.time[others] != NO_TIME]
        early = int((graph.time[others] - launch[p] <= NEW_DAYS).sum())
        usual[k] = (early + 0.5) / (len(others) + 1)
    at_launch = graph.time[own] - launch[graph.product[own]] <= NEW_DAYS
    came = int(at_launch.sum())
    spread = float(np.subtract(*np.quantile(graph.time[own[at_launch]], (0.9, 0.1)))) if came else 0.0
    expected = math.fsum((usual * counts).tolist())
    p_value = float(betainc(came, len(own) - came + 1, expected / len(own))) if came else 1.0  # binomial
    # Without ratings nothing tells a programme's launches, which lie close, from a campaign's.
    explains = came >= fandom.MOSTLY * len(own) and p_value <= fandom.LEVEL and (spread > fandom.LASTING or graph.rating is None)
    statement = (
        f"The log names no sellers. Of the group's {len(own):,} reviews of products launched within the log {came:,} were written within "
        f"{NEW_DAYS} days of the product's first review, over {spread:.0f} days; {expected:.1f} are expected at the rate of everybody else "
        f"who reviewed these products ({p_text(p_value)}). "
        + (
            "Fans of one seller, who come to what it launches, or early reviewers cannot be ruled out."
            if explains
            else "That is not how fans come to what their seller launches."
        )
    )
    return Evidence(
        signal="fans",
        statement=statement,
        observed=float(came),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(graph.row[own])),
        stance="explains" if explains else "neutral",
    )


def launches(graph):
    launch = np.full(graph.n_products, NO_TIME, dtype=np.int64)
    for p, t in zip(graph.product.tolist(), graph.time.tolist(), strict=True):
        if t != NO_TIME:
            launch[p] = t if launch[p] == NO_TIME else min(launch[p], t)
    return launch


def launched_between(graph, first, last, category):
    launch = launches(graph)
    there = np.full(graph.n_products, -1) if graph.category is None else graph.category
    return np.flatnonzero((launch >= first) & (launch <= last) & (launch != NO_TIME) & (there == category))


def early_reviewers(graph, slots, rating):
    if graph.time is None:
        return None
    time = graph.time
    launch = launches(graph)
    # Of all that the members wrote, since a product that the programme sent to two of them is none of the group's.
    every = slots_of(graph, np.unique(graph.reviewer[slots]))
    every = every[time[every] != NO_TIME]
    early = every[time[every] - launch[graph.product[every]] <= NEW_DAYS]
    if not len(early):
        return None
    if graph.category is not None:
        # A programme is of one category; what its members happen to buy together elsewhere does not belong to it.
        home = int(np.bincount(graph.category[np.unique(graph.product[slots])] + 1).argmax()) - 1
        early = early[graph.category[graph.product[early]] == home]
    # What was on the shelves when the log begins is not new.
    early = early[launch[graph.product[early]] > launch[launch != NO_TIME].min()]
    if not len(early):
        return None
    covered = np.unique(graph.product[early])
    first, last = early_signal._busiest(np.sort(launch[graph.product[early]]))
    new = launched_between(graph, first, last, home if graph.category is not None else -1)
    if len(new) < early_signal.ENOUGH:
        return None
    at_launch = float(np.isin(slots, early).mean())
    covered = np.intersect1d(covered, new)
    favours = rating is not None and rating.stance == "for" and (rating.observed or 0) > (rating.expected or 0)
    explains = len(covered) >= early_signal.MOST * len(new) and at_launch >= early_signal.MOST and not favours
    statement = (
        f"{len(new):,} products of the group's main category were launched while it was busiest; its members reviewed {len(covered):,} of "
        f"them within {NEW_DAYS} days of their first review. {at_launch:.0%} of the group's reviews are of such products so soon"
        + (", rating them higher than others did. " if favours else ". ")
        + (
            "That is nearly everything new, as in an early-reviewer programme."
            if explains
            else "An early-reviewer programme, which reviews nearly everything new without favour, does not explain that."
        )
    )
    return Evidence(
        signal="early reviewers",
        statement=statement,
        observed=float(len(covered)),
        expected=early_signal.MOST * len(new),
        rows=tuple(int(row) for row in np.sort(graph.row[early])),
        stance="explains" if explains else "neutral",
    )


def households(graph, meet, reviewers):
    if not 2 <= len(reviewers) <= homes.LARGEST:
        return None
    slots = slots_of(graph, reviewers)
    slots = slots[meet.counts(slots)]
    one, other = pairs_before(slots, meet.hi(slots))
    if not len(one):
        return None
    ends = np.searchsorted(reviewers, np.sort(np.stack([graph.reviewer[slots[one]], graph.reviewer[slots[other]]]), axis=0))
    place = meet.place_of[graph.product[slots[one]]]
    # Once a place, then how many places for each pair.
    met = np.unique(np.concatenate([ends, place[None, :]]), axis=1)[:2]
    joint, times = np.unique(met, axis=1, return_counts=True)
    pairs = joint.T
    again = times >= 2
    joined = coo_array((np.ones(int(again.sum())), (pairs[again, 0], pairs[again, 1])), shape=(len(reviewers), len(reviewers)))
    _, circle = connected_components(joined, directed=False)
    largest = int(np.bincount(circle).max())
    if largest == len(reviewers) > homes.HOME:
        return None
    inside = circle[pairs[:, 0]] == circle[pairs[:, 1]]
    share = float(times[inside].sum() / times.sum())
    circles = int((np.bincount(circle) > 1).sum())
    explains = 1 < largest <= homes.HOME and share >= homes.NEARLY_ALL
    statement = (
        f"Members who met at two places or more form {circles:,} circles, the largest of {largest:,} accounts; {share:.0%} of all "
        f"{int(times.sum()):,} meetings lie within the circles. "
        + (
            "Homes whose accounts share everything do so, and these have little to do with each other."
            if explains
            else "A few homes that happen to have met do not explain that."
        )
    )
    return Evidence(
        signal="households",
        statement=statement,
        observed=float(largest),
        expected=float(homes.HOME),
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="explains" if explains else "neutral",
    )


def undeclared(graph, reviewers, products):
    if graph.time is None or len(products) < 2:
        return None
    sellers = np.empty(0, np.int32) if graph.seller is None else np.unique(graph.seller[products])
    slots = np.concatenate([np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products])
    slots = slots[graph.time[slots] != NO_TIME]
    rating = np.zeros(len(slots), np.float32) if graph.rating is None else np.nan_to_num(graph.rating[slots], nan=-1.0)
    # Who reviewed the most reviewed one alone may have done so before there were variants.
    most = products[np.diff(graph.product_indptr)[products].argmax()]
    who = np.unique(graph.reviewer[slots[(graph.product[slots] != most) | np.isin(graph.reviewer[slots], reviewers)]])
    if (sellers >= 0).sum() > 1 or len(who) - np.isin(who, reviewers).sum() < listings.OTHERS:
        return None
    alike, times = np.unique(np.stack([graph.reviewer[slots], graph.time[slots], rating], axis=1), axis=0, return_counts=True)
    copied = alike[times >= max(2, len(products) / 2)]
    copiers = np.unique(copied[:, 0])
    member, inside = np.isin(who, reviewers), np.isin(who, copiers)
    spread = float(np.subtract(*np.quantile(copied[:, 1], (0.9, 0.1)))) if len(copied) else 0.0
    within, outside = float(inside[member].mean()) if member.any() else 0.0, float(inside[~member].mean())
    if within < listings.NEARLY_ALL:
        return None
    explains = outside >= listings.MOST and spread > listings.LASTING
    statement = (
        f"{within:.0%} of the members reviewed half of the {len(products):,} products or more on one day with one rating, and so did "
        f"{outside:.0%} of the {int((~member).sum()):,} others who reviewed any of them but the most reviewed; such days spread over "
        f"{spread:.0f} days. "
        + (
            "Everybody does, and goes on doing so: these look like variants of one listing, on which each review stands several times."
            if explains
            else "Variants of one listing, on which everybody's reviews stand several times, do not explain that."
        )
    )
    return Evidence(
        signal="variants",
        statement=statement,
        observed=round(outside, 6),
        expected=listings.MOST,
        rows=tuple(int(row) for row in np.sort(graph.row[slots[np.isin(graph.reviewer[slots], reviewers)]])),
        stance="explains" if explains else "neutral",
    )


def sittings(graph, reviewers, slots, window, rng):
    if graph.time is None or len(reviewers) < 2:
        return None
    shares, habits, days, counts = [], [], [], []
    for u in reviewers:
        own = graph.time[slots[graph.reviewer[slots] == u]]
        every = graph.time[slots_of(graph, np.array([u], dtype=np.int32))]
        own, every = own[own != NO_TIME], every[every != NO_TIME]
        if not len(own):
            continue
        held, n = np.unique(own, return_counts=True)
        counts.append(len(own))
        shares.append(n.max() / len(own))
        habits.append(np.unique(every, return_counts=True)[1].max() / len(every))
        days.append(int(held[n.argmax()]))
    if len(days) < 2 or np.median(counts) < 3:  # two reviews on one day are no sitting
        return None
    at_once = min(float(np.median(shares)), float(np.median(habits)))
    first, last = min(days) - evenings.MARGIN, max(days) + evenings.MARGIN
    own = np.sort(graph.time[slots_of(graph, reviewers)])
    pool, taken = _without(np.sort(graph.time[graph.time != NO_TIME]), own[own != NO_TIME], first, last)
    if len(pool) == len(taken):
        return None
    observed = int(close_pairs(np.sort(np.array(days))[None, :], window)[0])
    which = rng.integers(len(pool) - len(taken), size=(evenings.DRAWS, len(days)))
    drawn = close_pairs(np.sort(_of_others(pool, taken, which), axis=1), window)
    p_value = (1 + int((drawn >= observed).sum())) / (evenings.DRAWS + 1)
    # Without ratings nothing tells people whom one event brought from a ring that works through its list in an evening.
    explains = at_once >= evenings.MOST and (p_value > evenings.LEVEL or graph.rating is None)
    statement = (
        f"The median member wrote {float(np.median(shares)):.0%} of the reviews in the group, and {float(np.median(habits)):.0%} of all, "
        f"on one day; {observed:,} pairs of those days lie within {window} days, where {float(drawn.mean()):.1f} are expected of days on "
        f"which other people's reviews of those weeks were written ({p_text(p_value)}). "
        + (
            "People who rate dozens of things at one sitting explain the meetings: each two of them coincided once."
            if explains
            else "Sittings do not explain the meetings."
        )
    )
    return Evidence(
        signal="sittings",
        statement=statement,
        observed=float(observed),
        expected=round(float(drawn.mean()), 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="explains" if explains else "neutral",
    )


def _without(dates, own, first, last):
    # Bounds of the dates' own type: of any other, numpy would convert all dates of the log each time.
    dates = dates[np.searchsorted(dates, np.int32(first), side="left") : np.searchsorted(dates, np.int32(last), side="right")]
    own = own[(own >= first) & (own <= last)]
    of_day = np.arange(len(own)) - np.searchsorted(own, own)  # the how-manieth own review of its day
    return dates, (np.searchsorted(dates, own) + of_day).astype(np.int64)


def _of_others(dates, own, which):
    return dates[which + np.searchsorted(own - np.arange(len(own)), which, side="right")]


def rating_skew(graph, slots):
    if graph.rating is None:
        return None
    rated = slots[~np.isnan(graph.rating[slots])]
    if not len(rated):
        return None
    ways = ratings._ways(graph)
    best, worst = ways.best.rating, ways.worst.rating
    total, mean, variance = 0.0, 0.0, 0.0
    given = {best: 0, worst: 0}
    laws = {best: np.ones(1), worst: np.ones(1)}
    for p in np.unique(graph.product[rated]):
        own = graph.rating[rated[graph.product[rated] == p]].astype(np.float64)
        every = graph.rating[graph.product_indptr[p] : graph.product_indptr[p + 1]].astype(np.float64)
        every = every[~np.isnan(every)]
        k, others = len(own), len(every) - len(own)
        total += float(own.sum())
        # Sums of ratings, which are short decimals, do not depend on their order beyond the last bits.
        prior = ways.mean
        mean += k * (prior.weight * prior.rating + float(every.sum()) - float(own.sum())) / (prior.weight + others)
        variance += ways.spread * (k + k * k / (prior.weight + others))
        for share in (ways.best, ways.worst):
            alike, held = int((own == share.rating).sum()), int((every == share.rating).sum())
            given[share.rating] += alike
            yes = share.weight * share.share + held - alike
            law = _beta_binomial(k, yes, share.weight + others - yes)
            laws[share.rating] = np.convolve(laws[share.rating], law)
    observed, expected, deviation = total / len(rated), mean / len(rated), float(np.sqrt(variance)) / len(rated)
    tails = [float(2.0 * ndtr(-abs(observed - expected) / deviation)) if deviation > 1e-9 else 1.0]
    tails += [float(law[given[rating] :].sum()) for rating, law in laws.items() if best > worst]
    effect = ratings._design_effect(ways.leniency, np.unique(graph.reviewer[rated], return_counts=True)[1])
    p_value = min(1.0, len(tails) * min(tails) ** (1.0 / effect))
    campaign = best if observed >= expected else worst
    shows = abs(campaign - expected) > ratings.CLEAR * deviation * effect**0.5 and ratings.ratings_tell(graph)
    like_others = shows and abs(observed - expected) < ratings.HALF * abs(campaign - expected)
    stance = "explains" if like_others else "for" if p_value <= ratings.LEVEL else "neutral"
    statement = (
        f"The ring's {len(rated):,} ratings average {observed:.2f}, and {given[campaign]:,} of them are {campaign:g}; an average of "
        f"{expected:.2f} is expected from everybody else's ratings of the same products ({p_text(p_value)} for the mean, the best "
        "and the worst rating together)."
        + (
            f" That is nearer to everybody else than to a campaign of {campaign:g} throughout: it hardly moves ratings, as paid reviews do."
            if like_others
            else ""
        )
    )
    return Evidence(
        signal="rating",
        statement=statement,
        observed=round(observed, 6),
        expected=round(expected, 6),
        p_value=float(f"{p_value:.6g}"),
        rows=tuple(int(row) for row in np.sort(graph.row[rated])),
        stance=stance,
    )


def _beta_binomial(n, a, b):
    k = np.arange(n + 1.0)
    if not (a and b):
        return np.where(k == (n if a else 0), 1.0, 0.0)  # everybody gives this rating, or nobody does
    return np.exp(-np.log(n + 1) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b))


def expected_reviews(graph, strata, reviewers, products):
    """Sum the chances of `collusion.evidence.density` over members' numbers of reviews in each stratum, and products."""
    every = slots_of(graph, reviewers)
    there = np.unique(np.concatenate([strata.of[graph.product_indptr[p] : graph.product_indptr[p + 1]] for p in products]))
    stratum = strata.of[every]
    inside = np.isin(stratum, there)
    who, wrote = np.unique(np.stack([stratum[inside], graph.reviewer[every[inside]]]), axis=1, return_counts=True)
    alike, members = np.unique(np.stack([who[0], wrote]), axis=1, return_counts=True)
    terms = []
    for s, reviews, times in zip(*alike.tolist(), members.tolist(), strict=True):
        which, held = np.unique(graph.product[strata.of == s], return_counts=True)
        terms += (times * chances(held, reviews, held[np.isin(which, products)])).tolist()
    return math.fsum(terms)


def chances(held, reviews, own):
    total = int(held.sum())
    if reviews == 1 or reviews >= len(held):
        return own / total if reviews == 1 else np.ones(len(own))
    size, times = np.unique(held, return_counts=True)
    share = size / total
    k = float(reviews)
    for _ in range(STEPS):
        left = np.exp(-k * share)
        step = (reviews - float((times * (1.0 - left)).sum())) / float((times * share * left).sum())
        k += step
        if step <= EXACT * k:
            break
    return -np.expm1(-k * own / total)
