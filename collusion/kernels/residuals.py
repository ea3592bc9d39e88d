"""What is left of a group's co-reviews when an innocent explanation is granted: counts and means for sessions, launches, variants."""

from __future__ import annotations

import numpy as np

from collusion.kernels._jit import bare, jit
from collusion.kernels.leave_out import clear_strata, group_rates, mark_strata, share_of_units, word_kind, word_until
from collusion.kernels.spans import span_hi, span_kind, words_of

__all__ = ["CLASSES", "count_classes", "granted_counts", "granted_expectations", "stratum_classes"]

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
def _own_slots(members, indptr, slots, window, limit):
    """Return the members' slots that count, ascending, whose each is (position among the members), and the window of each."""
    n = 0
    for u in members:
        n += indptr[u + 1] - indptr[u]
    key = np.empty(n, np.int64)
    n = 0
    for a in range(len(members)):
        for e in range(indptr[members[a]], indptr[members[a] + 1]):
            key[n] = (np.int64(slots[e]) << 32) | a
            n += 1
    key.sort()
    own = key >> 32
    who = key & np.int64(0xFFFFFFFF)
    word = np.empty(n, np.uint32)
    words_of(own, *window, word)
    kept = 0
    for i in range(n):
        own[kept], who[kept], word[kept] = own[i], who[i], word[i]
        kept += word_kind(word[i]) <= limit
    return own[:kept], who[:kept], word[:kept]


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
    members,
    indptr,
    slots,
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
    sessions,
    variants,
    classes,
):
    """Fill the co-reviews of each group that are left, by kind of place or rarer, when an explanation is granted.

    ``sessions[g, k]``: of each pair of members, the smaller of the numbers of days on which the one and the other wrote them (and no more
    than the places). ``variants[g, k]``: products that are joined count once for a pair: ``joined_product`` ascends within
    ``joined_indptr[g]:joined_indptr[g + 1]``, and ``joined_label`` says which belong together. ``classes[g, c, k]``: pairs of reviews of
    class c (`CLASSES`). ``time`` may be empty: then nothing is known of sessions and launches, and all places count.
    O(reviews of the members, sorted, + co-reviews of one member at a time, sorted).
    """
    kinds = sessions.shape[1]
    dated = len(time) > 0
    days_a, days_b = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    places, labels = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    for g in range(len(g_indptr) - 1):
        group = members[g_indptr[g] : g_indptr[g + 1]]
        own, who, word = _own_slots(group, indptr, slots, window, limit)
        by = np.argsort(who, kind="mergesort")
        start = np.searchsorted(who[by], np.arange(len(group) + 1))
        known = joined_product[joined_indptr[g] : joined_indptr[g + 1]]
        label_of = joined_label[joined_indptr[g] : joined_indptr[g + 1]]
        for a in range(len(group)):
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
                if dated:
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
                if dated:
                    _add_distinct(day[first:last], kind[first:last], days_a)
                    _add_distinct(other[first:last], kind[first:last], days_b)
                in_a, in_b, in_places, in_labels = 0, 0, 0, 0
                for k in range(kinds):
                    in_a += days_a[k]
                    in_b += days_b[k]
                    in_places += places[k]
                    in_labels += labels[k]
                    sessions[g, k] += min(in_a, in_b, in_places) if dated else in_places
                    variants[g, k] += min(in_labels, in_places)
                first = last
        for c in range(classes.shape[1]):
            for k in range(1, kinds):
                classes[g, c, k] += classes[g, c, k - 1]


@jit
def granted_expectations(
    g_indptr,
    members,
    indptr,
    slots,
    product,
    time,
    no_time,
    launch,
    never,
    new_days,
    window,
    limit,
    place_of,
    joined_indptr,
    joined_product,
    joined_label,
    activity,
    stratum,
    class_size,
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
    ``class_size`` is what `stratum_classes` counts, and ``days`` how far two reviews of neighbouring strata can lie apart.
    O(co-reviews of the group + reviews of the members, sorted + pairs of members x visits of several reviews x visits).
    """
    rate, _, reach, _, parent, _ = known
    position = np.zeros(len(rate), np.int32)
    touched, n_own = np.empty(len(rate), np.int64), np.empty(len(rate))
    own_pairs, own_wedges = np.zeros(parent.shape[:2]), np.zeros(parent.shape)
    for g in range(len(g_indptr) - 1):
        group = members[g_indptr[g] : g_indptr[g + 1]]
        own, _, word = _own_slots(group, indptr, slots, window, limit)
        n = mark_strata(group, *activity, position, touched, n_own)
        start = np.array([0, len(own)])
        known_joined = joined_product[joined_indptr[g] : joined_indptr[g + 1]]
        label_of = joined_label[joined_indptr[g] : joined_indptr[g + 1]]
        unit = np.empty(len(own), np.int64)
        for i in range(len(own)):
            unit[i] = place_of[product[own[i]]]
        share = share_of_units(own, word, unit)
        rates = group_rates(own, word, start, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
        _session_savings(group, indptr, slots, time, no_time, stratum, position, rates, reach, days, saved[g])
        at = (group, indptr, slots, product, time, no_time, launch, never, new_days, stratum, class_size, rate, touched, n, position)
        _class_expectations(*at, rates, reach, expected[g], removed[g])
        if len(known_joined) == 0:
            joined[g] = expected[g]
        else:
            for i in range(len(own)):
                unit[i] = _label(product[own[i]], place_of, known_joined, label_of)
            share = share_of_units(own, word, unit)
            rates = group_rates(own, word, start, share, stratum, touched, n, n_own, position, known, own_pairs, own_wedges)
            _class_expectations(*at, rates, reach, joined[g], np.zeros(removed[g].shape))
        clear_strata(touched, n, position)


@bare
def _over_one(x):
    """Return x - (1 - exp(-x)): of so many co-reviews, how many are not the first. By its series where x is small, as nearly always."""
    if x < 1e-3:
        return x * x * (0.5 - x * (1.0 / 6.0 - x / 24.0))
    return x + np.expm1(-x)


@jit
def _session_savings(group, indptr, slots, time, no_time, stratum, position, rates, reach, days, saved):
    """Add to ``saved[k]`` by how much fewer co-reviews are expected when only one counts for a pair of visits.

    A visit is all that a member wrote on one day. The reviews of two visits are expected to give R co-reviews, and at least one with a
    chance of 1 - exp(-R); the sum of the difference over all pairs of visits of two members is what is saved. Of two visits of one review
    each it is next to nothing, so those are left out, which errs towards the null. Visits further apart than ``days`` have no co-reviews.
    """
    kinds = rates.shape[2]
    expected = np.empty(kinds)
    n = 0
    for u in group:
        n += indptr[u + 1] - indptr[u]
    # Entries (stratum, reviews) of visits of members, each in the order of days.
    entry_stratum, entry_count = np.empty(n, np.int64), np.empty(n, np.int64)
    visit_day, visit_start, visit_size = np.empty(n, np.int64), np.empty(n + 1, np.int64), np.empty(n, np.int64)
    visits = np.zeros(len(group) + 1, np.int64)
    n_entries, n_visits = 0, 0
    for a in range(len(group)):
        u = group[a]
        own = np.empty(indptr[u + 1] - indptr[u], np.int64)
        m = 0
        for e in range(indptr[u], indptr[u + 1]):
            if time[slots[e]] != no_time:
                own[m] = (np.int64(time[slots[e]]) << 32) | np.int64(stratum[slots[e]])
                m += 1
        own = own[:m]
        own.sort()
        for e in range(m):
            day, s = own[e] >> 32, own[e] & np.int64(0xFFFFFFFF)
            if e == 0 or day != own[e - 1] >> 32:
                visit_day[n_visits], visit_start[n_visits], visit_size[n_visits] = day, n_entries, 0
                n_visits += 1
            if e == 0 or own[e] != own[e - 1]:
                entry_stratum[n_entries], entry_count[n_entries] = s, 0
                n_entries += 1
            entry_count[n_entries - 1] += 1
            visit_size[n_visits - 1] += 1
        visits[a + 1] = n_visits
    visit_start[n_visits] = n_entries
    several = np.flatnonzero(visit_size[:n_visits] > 1)
    owner = np.searchsorted(visits, several, side="right") - 1
    for k in range(len(several)):
        i, a = several[k], owner[k]
        for b in range(len(group)):
            if b == a:
                continue
            first = visits[b] + np.searchsorted(visit_day[visits[b] : visits[b + 1]], visit_day[i] - days)
            for j in range(first, visits[b + 1]):
                if visit_day[j] > visit_day[i] + days:
                    break
                # Two visits of several reviews are seen from both sides, and count once.
                if visit_size[j] > 1 and b < a:
                    continue
                expected[:] = 0.0
                some = False
                for e in range(visit_start[i], visit_start[i + 1]):
                    for f in range(visit_start[j], visit_start[j + 1]):
                        d = entry_stratum[f] - entry_stratum[e]
                        if -reach <= d <= reach:
                            some = True
                            for c in range(kinds):
                                expected[c] += entry_count[e] * entry_count[f] * rates[position[entry_stratum[e]] - 1, reach + d, c]
                if some:
                    for c in range(kinds):
                        saved[c] += _over_one(expected[c])


@jit
def _class_expectations(
    group,
    indptr,
    slots,
    product,
    time,
    no_time,
    launch,
    never,
    new_days,
    stratum,
    class_size,
    rate,
    touched,
    n_touched,
    position,
    rates,
    reach,
    expected,
    removed,
):
    """Add to ``expected[c, k]`` and ``removed[c, k]`` (`granted_expectations`)."""
    kinds = rates.shape[2]
    both = np.zeros((n_touched, 2))
    for u in group:
        own = np.empty(indptr[u + 1] - indptr[u], np.int64)
        for e in range(len(own)):
            slot = slots[indptr[u] + e]
            new = np.int64(0)
            if time[slot] != no_time:
                new = _at_launch(time[slot], launch[product[slot]], never, new_days)
            own[e] = (np.int64(stratum[slot]) << 1) | new
        own.sort()
        start = 0
        # Runs of equal (stratum, class): a reviewer has no co-review with themselves.
        runs, times = np.empty(len(own), np.int64), np.empty(len(own), np.int64)
        n_runs = 0
        while start < len(own):
            end = start
            while end < len(own) and own[end] == own[start]:
                end += 1
            runs[n_runs], times[n_runs] = own[start], end - start
            n_runs += 1
            start = end
        for e in range(n_runs):
            s, c = runs[e] >> 1, runs[e] & 1
            both[position[s] - 1, c] += times[e]
            for f in range(e, n_runs):
                d = (runs[f] >> 1) - s
                if d > reach:
                    break
                pairs = float(times[e]) * float(times[f]) * (0.5 if e == f else 1.0)
                for k in range(kinds):
                    expected[c + (runs[f] & 1), k] -= pairs * rates[position[s] - 1, reach + d, k]
    for i in range(n_touched):
        s = touched[i]
        for d in range(-reach, reach + 1):
            t = s + d
            if t < 0 or t >= len(position) or position[t] == 0:
                continue
            for c in range(2):
                for e in range(2):
                    pairs = 0.5 * both[i, c] * both[position[t] - 1, e]
                    every = 0.5 * class_size[s, c] * class_size[t, e]
                    for k in range(kinds):
                        expected[c + e, k] += pairs * rates[i, reach + d, k]
                        removed[c + e, k] += every * (rate[s, reach + d, k] - rates[i, reach + d, k])


@bare
def count_classes(span, kinds, product, time, launch, never, new_days, counts):
    """Add to ``counts[c, k]`` the pairs of slots within the window of each other, of class c, at a place of kind k. O(wedges)."""
    for i in range(len(span)):
        here = span_kind(span, i)
        if here >= kinds:
            continue
        one = _at_launch(time[i], launch[product[i]], never, new_days)
        for j in range(i + 1, span_hi(span, i)):
            k = max(here, span_kind(span, j))
            if k < kinds:
                counts[one + _at_launch(time[j], launch[product[j]], never, new_days), k] += 1


@bare
def stratum_classes(stratum, product, time, no_time, launch, never, new_days, counts):
    """Add to ``counts[s, c]`` the slots of stratum s that are at the launch of their product (c = 1), and the others. O(n)."""
    for i in range(len(stratum)):
        new = np.int64(0)
        if time[i] != no_time:
            new = _at_launch(time[i], launch[product[i]], never, new_days)
        counts[stratum[i], new] += 1
