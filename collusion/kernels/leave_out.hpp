// How often two reviews are expected to be a co-review, estimated without the reviews of the group that is judged (`leave_out.py`).
#pragma once
#include "sort.hpp"
#include "spans.hpp"
#include "strata.hpp"

namespace collusion {

// The rates of all strata, as `collusion.kernels.leave_out.Rates` contains them. Rows of one stratum: so many months earlier and later.
struct KnownRates {
    const double *rate, *parent, *parent_pairs;
    View<const int64_t> size;
    int64_t n, months, span, categories, bins;

    static KnownRates read(Call &call) {
        KnownRates one;
        Array &rate = call.typed<double>("rate", -1, 3);
        one.n = rate.shape[0];
        one.bins = rate.shape[2];
        one.size = call.array<int64_t>("size", one.n);
        one.months = call.integer("reach", 0, rate.shape[1]);
        one.span = call.integer("span", 1);
        Array &parent = call.typed<double>("parent", -1, 3);
        one.categories = parent.shape[0];
        Grid<const double> pairs = call.grid<double>("parent_pairs", one.categories, rate.shape[1]);
        if (rate.shape[1] != 2 * one.months + 1) call.fail(1, "`rate`: its second dimension does not hold so many months");
        if (one.n > INT32_MAX) call.fail(1, "`rate`: more strata than numbers of 32 bits");
        if (one.bins > NOT_A_BIN) call.fail(1, "`rate`: more than %d bins", (int)NOT_A_BIN);
        if (parent.shape[1] != rate.shape[1] || parent.shape[2] != one.bins) call.fail(1, "`parent`: expected rows as those of `rate`");
        if (!one.bins) call.fail(1, "`rate`: no bins");
        if (one.n && (one.n - 1) / one.span >= one.categories) call.fail(1, "`parent`: fewer categories than strata need");
        one.rate = (const double *)rate.data;
        one.parent = (const double *)parent.data;
        one.parent_pairs = pairs.data;
        return one;
    }
    // The rates of a stratum and the one ``d`` months after it.
    const double *later(int64_t s, int64_t d) const { return rate + (s * (2 * months + 1) + months + d) * bins; }
    int64_t parent_at(int64_t c, int64_t d) const { return c * (2 * months + 1) + months + d; }

    // Bins fit into three bits.
    static constexpr int64_t NOT_A_BIN = 7;
};

// Memory that grows as groups need it.
template <class T> struct Room {
    View<T> buffer;

    // Room for ``n`` values, which contain anything.
    T *of(Call &call, int64_t n) {
        if (!buffer.data || buffer.n < n) {
            call.release(buffer);
            buffer = call.make<T>(max<int64_t>(2 * n, 64));
        }
        return buffer.data;
    }
    T *zeros(Call &call, int64_t n) {
        T *values = of(call, n);
        memset((void *)values, 0, (size_t)n * sizeof(T));
        return values;
    }
};

// The edges of a group that count in a window, ascending: where they are among all of the group's, and their words.
struct Inside {
    int64_t *at, *edge;
    uint32_t *word;
    int64_t n;

    int64_t bin(int64_t i) const { return span_bin(word[i]); }
    // The edge after the last that is within the window of edge i of these.
    int64_t until(int64_t i) const { return span_after(word[i], edge[i]); }
};

// Work space of one call, for one group after another.
struct Group {
    Room<int64_t> at_room, edge_room, order_room, start_room, key_room, unit_room;
    Room<uint32_t> word_room;
    View<int32_t> position;
    View<int64_t> touched;
    View<double> n_own, own_pairs, own_wedges;
    Room<double> rates_room, weights_room, both_room;
    Room<uint8_t> some_room;

    // The group at hand.
    Inside inside;
    int64_t n;       // strata that it touches
    int64_t units;   // units of its edges: ``order[start[r]:start[r + 1]]`` are those of unit r
    int64_t *order, *start;

    void make(Call &call, const KnownRates &known) {
        position = call.zeros<int32_t>(known.n);
        touched = call.make<int64_t>(known.n);
        n_own = call.make<double>(known.n);
        int64_t months = call.checked(known.categories, known.months + 1);
        own_pairs = call.zeros<double>(months);
        own_wedges = call.zeros<double>(call.checked(months, known.bins));
    }
};

// Find those of some edges that are of bin ``limit`` or rarer.
inline void in_window(Call &call, Group &group, View<const int64_t> edges, const Windows &windows, int64_t limit) {
    Inside &in = group.inside;
    in = {group.at_room.of(call, edges.n + 1), group.edge_room.of(call, edges.n + 1), group.word_room.of(call, edges.n + 1), 0};
    for (int64_t i = 0; i < edges.n; i++) in.word[i] = windows.word(edges.data[i]);
    for (int64_t i = 0; i < edges.n; i++) {
        uint32_t word = in.word[i];
        in.at[in.n] = i;
        in.edge[in.n] = edges.data[i];
        in.word[in.n] = word;
        in.n += span_bin(word) <= limit;
    }
}

// Find the order in which reviews of one unit are adjacent; those of a unit stay in order. Units are numbers of 32 bits.
inline void in_units(Call &call, Group &group, const int64_t *unit, int64_t n) {
    int64_t *key = group.key_room.of(call, n);
    group.order = group.order_room.of(call, n);
    group.start = group.start_room.of(call, n + 1);
    for (int64_t i = 0; i < n; i++) key[i] = (int64_t)((uint64_t)unit[i] << 32) | i;
    sort(key, n);
    group.units = 0;
    for (int64_t i = 0; i < n; i++) {
        group.order[i] = key[i] & 0xFFFFFFFF;
        if (i == 0 || key[i] >> 32 != key[i - 1] >> 32) group.start[group.units++] = i;
    }
    group.start[group.units] = n;
}

// The share of a group's wedges that is left out: that of all units but the one with the most. A wedge is two edges within the window of
// each other.
inline double share_left_out(const Group &group) {
    const Inside &in = group.inside;
    int64_t every = 0, largest = 0;
    for (int64_t r = 0; r < group.units; r++) {
        int64_t here = 0;
        for (int64_t i = group.start[r]; i < group.start[r + 1]; i++) {
            int64_t a = group.order[i], until = in.until(a), b = a + 1;
            while (b < in.n && in.edge[b] < until) b++;
            here += b - a - 1;
        }
        every += here;
        largest = max(largest, here);
    }
    return every > 0 ? 1.0 - (double)largest / (double)every : 0.0;
}

// List the strata of a group's reviews and their numbers. ``position[s]`` becomes 1 + the position of stratum s in the list; it contains
// zeros before, and `clear_strata` restores them. Rows are indices of activity.
inline void mark_strata(Group &group, View<const int32_t> rows, const Activity &activity) {
    group.n = 0;
    for (int32_t u : rows)
        for (int64_t e = activity.indptr[u]; e < activity.indptr[u + 1]; e++) {
            int64_t s = activity.strata[e];
            if (group.position[s] == 0) {
                group.touched[group.n] = s;
                group.n_own[group.n] = 0.0;
                group.position[s] = (int32_t)++group.n;
            }
            group.n_own[group.position[s] - 1] += (double)activity.counts[e];
        }
}

inline void clear_strata(Group &group) {
    for (int64_t i = 0; i < group.n; i++) group.position[group.touched[i]] = 0;
}

// The position of the stratum d months after that at position i, -1 where the group has no review in it.
inline int64_t other_stratum(const Group &group, int64_t i, int64_t d) {
    int64_t t = group.touched[i] + d;
    return t < group.position.n ? (int64_t)group.position[t] - 1 : -1;
}

// The ordered pairs of distinct reviews of a group in two of its strata.
inline double pairs_of_own(const Group &group, int64_t i, int64_t j) { return group.n_own[i] * (group.n_own[j] - (i == j ? 1.0 : 0.0)); }

// Add the group's wedges to ``wedges[i, d, k]``, as ordered pairs: those within one stratum are seen from both ends.
inline void count_own_wedges(Call &call, const Group &group, const Strata &stratum, const KnownRates &known, double *wedges, uint8_t *some) {
    const Inside &in = group.inside;
    for (int64_t a = 0; a < in.n; a++) {
        int64_t until = in.until(a);
        for (int64_t b = a + 1; b < in.n && in.edge[b] < until; b++) {
            // The later of two has the later month.
            int64_t s = stratum[in.edge[a]], d = stratum[in.edge[b]] - s, i = (int64_t)group.position[s] - 1;
            if (i < 0 || d < 0 || d > known.months)
                call.fail(1, "`stratum`: edges %lld and %lld lie %lld months apart, or the group has no activity there",
                          (long long)in.edge[a], (long long)in.edge[b], (long long)d);
            wedges[(i * (known.months + 1) + d) * known.bins + max(in.bin(a), in.bin(b))] += d == 0 ? 2.0 : 1.0;
            some[i * (known.months + 1) + d] = 1;
        }
    }
}

// Make ``wedges`` those of bin k or rarer; sum the group's pairs and wedges over the months of each category.
inline void add_up(const Group &group, const KnownRates &known, double *wedges, const uint8_t *some) {
    const int64_t months = known.months + 1, bins = known.bins;
    for (int64_t i = 0; i < group.n; i++) {
        int64_t c = group.touched[i] / known.span;
        for (int64_t d = 0; d < months; d++) {
            int64_t j = other_stratum(group, i, d);
            if (j >= 0) group.own_pairs[c * months + d] += pairs_of_own(group, i, j);
            if (!some[i * months + d]) continue;
            double sum = 0.0, *here = wedges + (i * months + d) * bins, *all = group.own_wedges.data + (c * months + d) * bins;
            for (int64_t k = 0; k < bins; k++) {
                sum += here[k];
                here[k] = sum;
                all[k] += sum;
            }
        }
    }
}

// Turn ``own_wedges`` into the rates of the categories without the group's co-reviews (`group_rates`).
inline void to_usual(const Group &group, const KnownRates &known, double share) {
    const int64_t months = known.months + 1, bins = known.bins;
    for (int64_t i = 0; i < group.n; i++) {
        int64_t c = group.touched[i] / known.span;
        for (int64_t d = 0; d < months; d++) {
            double &own = group.own_pairs[c * months + d];
            // None in a category that is done.
            if (!(own > 0.0)) continue;
            int64_t at = known.parent_at(c, d);
            double left_out = share / known.parent_pairs[at], *all = group.own_wedges.data + (c * months + d) * bins;
            for (int64_t k = 0; k < bins; k++) {
                double usual = known.parent[at * bins + k];
                all[k] = max(usual - left_out * (all[k] - own * usual), 0.0);
            }
            own = 0.0;
        }
    }
}

// Turn ``wedges`` into the rates of the strata without the group's co-reviews (`group_rates`).
inline void to_rates(const Group &group, const KnownRates &known, double share, double *wedges, const uint8_t *some) {
    const int64_t months = known.months + 1, bins = known.bins;
    for (int64_t i = 0; i < group.n; i++) {
        int64_t s = group.touched[i], c = s / known.span;
        for (int64_t d = 0; d < months; d++) {
            int64_t j = other_stratum(group, i, d);
            if (j < 0) continue;
            double own = pairs_of_own(group, i, j);
            // At least one, for a stratum of one review.
            double left_out = share / max((double)known.size[s] * ((double)known.size[s + d] - (d == 0 ? 1.0 : 0.0)), 1.0);
            const double *rate = known.later(s, d), *usual = group.own_wedges.data + (c * months + d) * bins;
            double *here = wedges + (i * months + d) * bins;
            if (some[i * months + d])
                for (int64_t k = 0; k < bins; k++) here[k] = max(rate[k] - left_out * (here[k] - own * usual[k]), 0.0);
            else
                // As above without wedges, which nearly all are.
                for (int64_t k = 0; k < bins; k++) here[k] = rate[k] + left_out * own * usual[k];
        }
    }
}

// Return rates ``[n, months + 1, bins]`` for the strata that a group touches and so many months later, without its own co-reviews.
//
// `Rates` in `leave_out.py` says how. ``share`` of the group's pairs and co-reviews are left out; only rates of two strata that both contain
// reviews of the group are filled. O(wedges of the group + n * months * bins).
inline const double *group_rates(Call &call, Group &group, double share, const Strata &stratum, const KnownRates &known) {
    const int64_t months = known.months + 1, cells = call.checked(group.n, months);
    double *wedges = group.rates_room.zeros(call, call.checked(cells, known.bins));
    uint8_t *some = group.some_room.zeros(call, cells);
    count_own_wedges(call, group, stratum, known, wedges, some);
    add_up(group, known, wedges, some);
    to_usual(group, known, share);
    to_rates(group, known, share, wedges, some);
    for (int64_t i = 0; i < group.n; i++) {
        double *all = group.own_wedges.data + group.touched[i] / known.span * months * known.bins;
        for (int64_t k = 0; k < months * known.bins; k++) all[k] = 0.0;
    }
    return wedges;
}

// The pairs of reviews of different members ``[n, months + 1, 2**(bits + 1) - 1]``: by stratum of the earlier, months and class. ``row(m)``
// is the row of member m of activity by stratum and class of ``bits`` bits, ascending: ``stratum << bits | class``. The class of a pair is
// the sum of those of its reviews.
template <class Row>
inline const double *weigh_pairs(Call &call, Group &group, int64_t members, Row row, const Activity &activity, int bits, int64_t months) {
    const int64_t classes = (int64_t)1 << bits, sums = 2 * classes - 1, width = (months + 1) * sums;
    double *weights = group.weights_room.zeros(call, call.checked(group.n, width)), *both = group.both_room.zeros(call, group.n * classes);
    for (int64_t m = 0; m < members; m++) {
        int64_t u = row(m), end = activity.indptr[u + 1];
        for (int64_t e = activity.indptr[u]; e < end; e++) {
            int64_t code = activity.strata[e], s = code >> bits, c = code & (classes - 1), i = (int64_t)group.position[s] - 1;
            if (i < 0) call.fail(1, "`strata of activity`: %lld, where the group has no review", (long long)s);
            double own = (double)activity.counts[e];
            both[i * classes + c] += own;
            // A reviewer has no co-review with themselves.
            for (int64_t f = e; f < end; f++) {
                int64_t d = (activity.strata[f] >> bits) - s;
                if (d > months) break;
                if (d < 0) call.fail(1, "`strata of activity`: those of row %lld do not ascend", (long long)u);
                double pairs = own * (double)activity.counts[f] * (e == f ? 0.5 : 1.0);
                weights[i * width + d * sums + c + (activity.strata[f] & (classes - 1))] -= pairs;
            }
        }
    }
    for (int64_t i = 0; i < group.n; i++)
        for (int64_t d = 0; d <= months; d++) {
            int64_t j = other_stratum(group, i, d);
            if (j < 0) continue;
            for (int64_t c = 0; c < classes; c++)
                for (int64_t e = 0; e < classes; e++)
                    weights[i * width + d * sums + c + e] += both[i * classes + c] * both[j * classes + e] * (d == 0 ? 0.5 : 1.0);
        }
    return weights;
}

// Add to ``expected[c, k]`` the co-reviews of bin k or rarer that pairs of class c (`weigh_pairs`) are expected to be.
inline void add_expected(const Group &group, const KnownRates &known, const double *weights, int64_t classes, const double *rates,
                         double *expected) {
    for (int64_t i = 0; i < group.n * (known.months + 1); i++)
        for (int64_t c = 0; c < classes; c++) {
            double weight = weights[i * classes + c];
            // Nothing where the group has no pairs.
            if (weight != 0.0)
                for (int64_t k = 0; k < known.bins; k++) expected[c * known.bins + k] += weight * rates[i * known.bins + k];
        }
}

}  // namespace collusion
