"""What is left of a group's co-reviews when an innocent explanation is granted: counts and means for sessions, launches, variants."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.leave_out import (
    add_expected,
    clear_strata,
    group_rates,
    in_units,
    in_window,
    mark_strata,
    share_left_out,
    weigh_pairs,
    word_kind,
    word_until,
)

__all__ = ["CLASSES", "granted_counts", "granted_expectations", "list_visits"]

CLASSES = 3
"""Classes of a pair of reviews: none of the two at the launch of its product, one of them, both."""

SHORT = 32
"""Entries up to which equal values are looked for by comparing all pairs, which is faster than sorting."""


@bare
def _at_launch(time, launch, never, days):
    """Return 1 for a review within ``days`` of the launch of its product, 0 otherwise or where the launch is not known (``never``)."""
    return np.int64(launch != never and np.int64(time) - np.int64(launch) <= days)


@jit
def _add_distinct(values, kinds, row):
    """Add 1 to ``row[k]`` for each different value whose rarest entry is of kind k."""
    n = len(values)
    if n <= SHORT:
        for i in range(n):
            rarest = kinds[i]
            first = True
            for j in range(n):
                if values[j] == values[i]:
                    if j < i:
                        first = False
                        break
                    rarest = min(rarest, kinds[j])
            if first:
                row[rarest] += 1
        return
    by = np.argsort(values, kind="mergesort")
    i = 0
    while i < n:
        j = i
        rarest = kinds[by[i]]
        while j < n and values[by[j]] == values[by[i]]:
            rarest = min(rarest, kinds[by[j]])
            j += 1
        row[rarest] += 1
        i = j


@jit
def _partners(a, at, own, who, word, found, count):
    """Write the co-reviews of member ``a`` with members after it: (other, own position, other's position); return how many there are.

    ``at`` holds the positions of the member's slots. With ``count`` nothing is written.
    """
    n = 0
    for i in at:
        j = i + 1
        until = word_until(own, word, i)
        while j < len(own) and own[j] < until:
            if who[j] > a:
                if not count:
                    found[n, 0], found[n, 1], found[n, 2] = who[j], i, j
                n += 1
            j += 1
        j = i - 1
        while j >= 0 and word_until(own, word, j) > own[i]:
            if who[j] > a:
                if not count:
                    found[n, 0], found[n, 1], found[n, 2] = who[j], i, j
                n += 1
            j -= 1
    return n


@jit
def _label(product, place_of, joined, label_of):
    """Return the unit of a product, those of ``joined`` (ascending) being one where their labels are equal."""
    where = np.searchsorted(joined, product)
    return np.int64(-1 - label_of[where] if where < len(joined) and joined[where] == product else place_of[product])


@jit
def granted_counts(
    g_indptr,
    ends,
    slots,
    of,
    product,
    time,
    launch,
    never,
    new_days,
    window,
    limit,
    place_of,
    joined_indptr,
    joined_product,
    joined_label,
    met,
    sessions,
    variants,
    classes,
):
    """Fill the co-reviews of each group that are left, by kind of place or rarer, when an explanation is granted.

    ``ends``, ``slots`` and ``of`` are those of `collusion.kernels.groups.shared_reviews`. ``met[g, k]``: all co-reviews.
    ``sessions[g, k]``: of each pair of members, the smaller of the numbers of days on which the one and the other wrote them (and no more
    than the places).
    ``variants[g, k]``: products that are joined count once for a pair: ``joined_product`` ascends within
    ``joined_indptr[g]:joined_indptr[g + 1]``, and ``joined_label`` says which belong together. ``classes[g, c, k]``: pairs of reviews of
    class c (`CLASSES`). O(s log s + co-reviews of one member at a time, sorted) for a group with s of ``slots``.
    """
    kinds = sessions.shape[1]
    days_a, days_b = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    places, labels = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    for g in range(len(g_indptr) - 1):
        at, own, word = in_window(slots[ends[g] : ends[g + 1]], window, limit)
        who = of[at + ends[g]]
        by = np.argsort(who, kind="mergesort")
        start = np.searchsorted(who[by], np.arange(g_indptr[g + 1] - g_indptr[g] + 1))
        known = joined_product[joined_indptr[g] : joined_indptr[g + 1]]
        label_of = joined_label[joined_indptr[g] : joined_indptr[g + 1]]
        for a in range(len(start) - 1):
            at = by[start[a] : start[a + 1]]
            found = np.empty((_partners(a, at, own, who, word, np.empty((0, 3), np.int64), True), 3), np.int64)
            n = _partners(a, at, own, who, word, found, False)
            if not n:
                continue
            order = np.argsort(found[:, 0], kind="mergesort")
            kind, day, other = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
            place, label = np.empty(n, np.int64), np.empty(n, np.int64)
            for e in range(n):
                i, j = found[order[e], 1], found[order[e], 2]
                kind[e] = max(word_kind(word[i]), word_kind(word[j]))
                p = product[own[i]]
                place[e] = place_of[p]
                label[e] = _label(p, place_of, known, label_of)
                day[e], other[e] = time[own[i]], time[own[j]]
                c = _at_launch(time[own[i]], launch[p], never, new_days) + _at_launch(time[own[j]], launch[p], never, new_days)
                classes[g, c, kind[e]] += 1
            first = 0
            while first < n:
                last = first + 1
                while last < n and found[order[last], 0] == found[order[first], 0]:
                    last += 1
                days_a[:], days_b[:], places[:], labels[:] = 0, 0, 0, 0
                _add_distinct(place[first:last], kind[first:last], places)
                _add_distinct(label[first:last], kind[first:last], labels)
                _add_distinct(day[first:last], kind[first:last], days_a)
                _add_distinct(other[first:last], kind[first:last], days_b)
                in_a, in_b, in_places, in_labels = 0, 0, 0, 0
                for k in range(kinds):
                    in_a += days_a[k]
                    in_b += days_b[k]
                    in_places += places[k]
                    in_labels += labels[k]
                    met[g, k] += in_places
                    sessions[g, k] += min(in_a, in_b, in_places)
                    variants[g, k] += min(in_labels, in_places)
                first = last
        for c in range(classes.shape[1]):
            for k in range(1, kinds):
                classes[g, c, k] += classes[g, c, k - 1]


@jit
def granted_expectations(
    g_indptr,
    members,
    ends,
    slots,
    product,
    window,
    limit,
    place_of,
    joined_indptr,
    joined_product,
    joined_label,
    activity,
    stratum,
    class_activity,
    class_size,
    visits,
    days,
    known,
    saved,
    expected,
    removed,
    joined,
):
    """Fill what is expected of each group when an explanation is granted, at the group's own rates (`group_rates`).

    ``saved[g, k]``: by how much fewer co-reviews are expected when only one counts for a pair of visits (`_session_savings`).
    ``expected[g, c, k]``: the expected co-reviews by class of the two reviews (`CLASSES`); over the classes they add up to what
    `groups_meetings` expects. ``removed[g, c, k]``: by how much fewer are expected of all pairs of the log at the group's own rates.
    ``joined[g, c, k]``: as ``expected``, where products that are joined (as in `granted_counts`) are one unit.
    ``class_activity`` holds the reviews of each of ``members`` by ``stratum << 1 | class``; ``class_size[s, c]`` counts the slots of
    stratum s at the launch of their product (c = 1) and the others (c = 0); ``visits`` is what `list_visits` returns for ``members``, and
    ``days`` how far two reviews of neighbouring strata can lie apart.
    O(co-reviews of the group + strata * reach + reviews of the members in visits of several x those of others in the same strata).
    """
    rate, _, reach, _, parent, _ = known
    position = np.zeros(len(rate), np.int32)
    touched, n_own = np.empty(len(rate), np.int64), np.empty(len(rate))
    own_pairs, own_wedges = np.zeros((len(parent), reach + 1)), np.zeros((len(parent), reach + 1, rate.shape[2]))
    for g in range(len(g_indptr) - 1):
        _, own, word = in_window(slots[ends[g] : ends[g + 1]], window, limit)
        n = mark_strata(members[g_indptr[g] : g_indptr[g + 1]], *activity, position, touched, n_own)
        unit = place_of[product[own]].astype(np.int64)
        share = share_left_out(own, word, *in_units(unit))
        rates = group_rates(own, word, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
        _session_savings(g_indptr[g], g_indptr[g + 1], visits, position, n, rates, days, saved[g])
        weights = weigh_pairs(np.arange(g_indptr[g], g_indptr[g + 1]), *class_activity, 1, position, touched, n, reach)
        add_expected(weights, rates, expected[g])
        _add_removed(class_size, rate, rates, touched, n, position, reach, removed[g])
        joined[g] = expected[g]
        known_joined = joined_product[joined_indptr[g] : joined_indptr[g + 1]]
        if len(known_joined):
            label_of = joined_label[joined_indptr[g] : joined_indptr[g + 1]]
            for i in range(len(own)):
                unit[i] = _label(product[own[i]], place_of, known_joined, label_of)
            share = share_left_out(own, word, *in_units(unit))
            rates = group_rates(own, word, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
            joined[g] = 0.0
            add_expected(weights, rates, joined[g])
        clear_strata(touched, n, position)


@bare
def _add_removed(class_size, rate, rates, touched, n, position, reach, removed):
    """Add to ``removed[c, k]`` by how much fewer co-reviews of class c are expected of all pairs of the log (`granted_expectations`)."""
    for i in range(n):
        s = touched[i]
        for d in range(reach + 1):
            t = s + d
            if t >= len(position) or position[t] == 0:
                continue
            twice = 0.5 if d == 0 else 1.0
            none = class_size[s, 0] * class_size[t, 0] * twice
            one = (class_size[s, 0] * class_size[t, 1] + class_size[s, 1] * class_size[t, 0]) * twice
            both = class_size[s, 1] * class_size[t, 1] * twice
            for k in range(rates.shape[2]):
                fewer = rate[s, reach + d, k] - rates[i, d, k]
                removed[0, k] += none * fewer
                removed[1, k] += one * fewer
                removed[2, k] += both * fewer


@bare
def _over_one(x):
    """Return x - (1 - exp(-x)): of so many co-reviews, how many are not the first. By its series where x is small, as nearly always."""
    if x < 1e-3:
        return x * x * (0.5 - x * (1.0 / 6.0 - x / 24.0))
    return x + np.expm1(-x)


@jit
def list_visits(indptr, day, stratum, no_time):
    """Return the visits of each row and the strata of their reviews, as compressed rows in each other.

    Row u holds the reviews ``indptr[u]:indptr[u + 1]``, written on ``day`` and of ``stratum``; a visit is all that it holds of one day.

    Returns
    -------
    visits : int64[n_rows + 1]
        Row u has the visits ``visits[u]:visits[u + 1]``, in the order of days.
    days, sizes, entries : int64[n_visits], int64[n_visits], int64[n_visits + 1]
        The day of a visit, its reviews, and its entries ``entries[v]:entries[v + 1]``.
    strata, counts : int64[n_entries]
        The reviews of a visit by stratum.
    """
    n = len(day)
    strata, counts = np.empty(n, np.int64), np.empty(n, np.int64)
    days, sizes, entries = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
    visits = np.zeros(len(indptr), np.int64)
    n_entries, n_visits = 0, 0
    for u in range(len(indptr) - 1):
        own = np.empty(indptr[u + 1] - indptr[u], np.int64)
        m = 0
        for e in range(indptr[u], indptr[u + 1]):
            if day[e] != no_time:
                own[m] = (np.int64(day[e]) << 32) | np.int64(stratum[e])
                m += 1
        own = own[:m]
        own.sort()
        for e in range(m):
            if e == 0 or own[e] >> 32 != own[e - 1] >> 32:
                days[n_visits], entries[n_visits], sizes[n_visits] = own[e] >> 32, n_entries, 0
                n_visits += 1
            if e == 0 or own[e] != own[e - 1]:
                strata[n_entries], counts[n_entries] = own[e] & np.int64(0xFFFFFFFF), 0
                n_entries += 1
            counts[n_entries - 1] += 1
            sizes[n_visits - 1] += 1
        visits[u + 1] = n_visits
    entries[n_visits] = n_entries
    return visits, days[:n_visits], sizes[:n_visits], entries[: n_visits + 1], strata[:n_entries], counts[:n_entries]


@jit
def _entries_by_stratum(first, last, entry, stratum, position, n):
    """Return the entries ``entry[first]:entry[last]`` of visits by stratum: where those of each touched one begin, and which."""
    start = np.zeros(n + 1, np.int64)
    for e in range(entry[first], entry[last]):
        start[position[stratum[e]]] += 1
    for i in range(n):
        start[i + 1] += start[i]
    by, free = np.empty(start[n], np.int64), start.copy()
    for e in range(entry[first], entry[last]):
        i = position[stratum[e]] - 1
        by[free[i]] = e
        free[i] += 1
    return start, by


@jit
def _session_savings(begin, end, visits, position, n, rates, window, saved):
    """Add to ``saved[k]`` by how much fewer co-reviews are expected when only one counts for a pair of visits.

    The members are rows ``begin:end`` of ``visits`` (`list_visits`), with reviews in ``n`` strata. The reviews of two visits are expected
    to give R co-reviews, and at least one with a chance of 1 - exp(-R); the sum of the difference over all pairs of visits of two members
    is what is saved. Of two visits of one review each it is next to nothing, so those are left out, which errs towards the null. Visits
    further apart than ``window`` days have no co-reviews.
    """
    row, day, size, entry, stratum, count = visits
    first, last = row[begin], row[end]
    start, by = _entries_by_stratum(first, last, entry, stratum, position, n)
    owner, of = np.empty(last - first, np.int64), np.empty(entry[last] - entry[first], np.int64)
    for a in range(begin, end):
        for i in range(row[a], row[a + 1]):
            owner[i - first] = a
            of[entry[i] - entry[first] : entry[i + 1] - entry[first]] = i - first
    expected, seen, found = np.empty((last - first, rates.shape[2])), np.full(last - first, -1, np.int64), np.empty(last - first, np.int64)
    for i in range(last - first):
        if size[first + i] < 2:
            continue
        met = 0
        for e in range(entry[first + i], entry[first + i + 1]):
            for d in range(1 - rates.shape[1], rates.shape[1]):
                t = stratum[e] + d
                if not 0 <= t < len(position) or position[t] == 0:
                    continue
                at = position[min(stratum[e], t)] - 1
                for f in by[start[position[t] - 1] : start[position[t]]]:
                    j = of[f - entry[first]]
                    # Two visits of several reviews are seen from both sides, and count once.
                    if (
                        owner[j] == owner[i]
                        or (size[first + j] > 1 and owner[j] < owner[i])
                        or abs(day[first + j] - day[first + i]) > window
                    ):
                        continue
                    if seen[j] != i:
                        seen[j], found[met] = i, j
                        expected[j] = 0.0
                        met += 1
                    for k in range(rates.shape[2]):
                        expected[j, k] += count[e] * count[f] * rates[at, abs(d), k]
        for j in found[:met]:
            for k in range(rates.shape[2]):
                saved[k] += _over_one(expected[j, k])
