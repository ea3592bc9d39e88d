// What is left of a group's co-reviews when an innocent explanation is granted: counts and means for sessions, launches, variants.
#include "base.hpp"
#include "leave_out.hpp"
#include "sort.hpp"

namespace collusion::residuals {

// Classes of a pair of reviews: none of the two at the launch of its product, one of them, both.
constexpr int64_t CLASSES = 3;
// Entries up to which equal values are looked for by comparing all pairs, which is faster than sorting.
constexpr int64_t FEW = 32;
// Bins fit into three bits.
constexpr int64_t BINS = KnownRates::NOT_A_BIN;

// Products that are one unit where their labels are equal, by group: products ascend within one.
struct Joined {
    View<const int64_t> indptr;
    View<const int32_t> product, label;

    static Joined read(Call &call, int64_t groups) {
        Joined one;
        one.indptr = call.array<int64_t>("joined_indptr", groups + 1);
        one.product = call.array<int32_t>("joined_product");
        one.label = call.array<int32_t>("joined_label", one.product.n);
        call.rows("joined_indptr", one.indptr, one.product.n);
        return one;
    }
    // The unit of a product in group g.
    int64_t unit(int64_t g, int32_t p, const int32_t *unit_of) const {
        int64_t last = indptr[g + 1], at = lower_bound(product.data, indptr[g], last, p);
        return at < last && product.data[at] == p ? -1 - (int64_t)label.data[at] : (int64_t)unit_of[p];
    }
};

// 1 for a review within ``days`` of the launch of its product, 0 otherwise or where the launch is not known (``never``).
static inline int64_t at_launch(int64_t time, int64_t launch, int64_t never, int64_t days) { return launch != never && time - launch <= days; }

// Add 1 to ``row[k]`` for each different value whose rarest entry is of bin k. ``room`` contains n values; values are of 32 bits.
static void add_distinct(const int64_t *values, const int64_t *bins, int64_t n, int64_t *room, int64_t *row) {
    if (n <= FEW) {
        int64_t different = 0, found[FEW], rarest[FEW];
        for (int64_t i = 0; i < n; i++) {
            int64_t j = 0;
            while (j < different && found[j] != values[i]) j++;
            if (j == different) {
                found[different] = values[i];
                rarest[different++] = bins[i];
            } else
                rarest[j] = min(rarest[j], bins[i]);
        }
        for (int64_t j = 0; j < different; j++) row[rarest[j]]++;
        return;
    }
    for (int64_t i = 0; i < n; i++) room[i] = values[i] * 8 + bins[i];
    sort(room, n);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || room[i] >> 3 != room[i - 1] >> 3) row[room[i] & 7]++;
}

struct Counts {
    View<const int64_t> g_indptr, ends, edges;
    View<const int32_t> of, product, time, launch;
    int64_t never, new_days;
    Windows windows;
    int64_t limit;
    View<const int32_t> unit_of;
    Joined joined;
    Grid<int64_t> observed, sessions, variants;
    int64_t *classes;  // [n_groups, CLASSES, bins]
};

// A co-review of two members: the other, and where the two edges are among the group's.
struct Seen {
    int32_t other, own, its;
};

// Find the co-reviews of member a with members after it; ``at`` contains where the member's edges are.
static void partners(int32_t a, const int64_t *at, int64_t n, const Inside &in, const int32_t *who, Growing<Seen> &seen) {
    seen.n = 0;
    for (int64_t e = 0; e < n; e++) {
        int64_t i = at[e], until = in.until(i);
        for (int64_t j = i + 1; j < in.n && in.edge[j] < until; j++)
            if (who[j] > a) seen.push({who[j], (int32_t)i, (int32_t)j});
        for (int64_t j = i - 1; j >= 0 && in.until(j) > in.edge[i]; j--)
            if (who[j] > a) seen.push({who[j], (int32_t)i, (int32_t)j});
    }
}

static int64_t sum(const int64_t *row, int64_t k) {
    int64_t all = 0;
    for (int64_t l = 0; l <= k; l++) all += row[l];
    return all;
}

static void count(Call &call, const Counts &in) {
    const int64_t bins = in.observed.columns;
    Group group{};
    Growing<Seen> seen(call);
    Room<int32_t> who_room{};
    Room<int64_t> member_room{}, value_room{};
    for (int64_t g = 0; g + 1 < in.g_indptr.n; g++) {
        const int64_t members = in.g_indptr[g + 1] - in.g_indptr[g], from = in.ends[g];
        in_window(call, group, in.edges.part(from, in.ends[g + 1]), in.windows, in.limit);
        const Inside &own = group.inside;
        // The edges of each member, adjacent.
        int32_t *who = who_room.of(call, own.n);
        int64_t *by = member_room.of(call, own.n);
        for (int64_t i = 0; i < own.n; i++) {
            who[i] = in.of.data[from + own.at[i]];
            if (who[i] < 0 || who[i] >= members) call.fail(1, "`of`: %d, but the group has %lld members", (int)who[i], (long long)members);
            by[i] = (int64_t)who[i] << 32 | i;
        }
        sort(by, own.n);
        for (int64_t i = 0; i < own.n; i++) by[i] &= 0xFFFFFFFF;
        int64_t *classes = in.classes + g * CLASSES * bins;
        for (int64_t begin = 0, end; begin < own.n; begin = end) {
            const int32_t a = who[by[begin]];
            for (end = begin + 1; end < own.n && who[by[end]] == a;) end++;
            partners(a, by + begin, end - begin, own, who, seen);
            const int64_t n = seen.n;
            if (!n) continue;
            int64_t *key = value_room.of(call, 7 * n), *room = key + n, *bin = room + n, *day = bin + n, *other = day + n, *unit = other + n,
                    *label = unit + n;
            for (int64_t e = 0; e < n; e++) key[e] = (int64_t)seen[e].other << 32 | e;
            sort(key, n);
            for (int64_t e = 0; e < n; e++) {
                const Seen &one = seen[key[e] & 0xFFFFFFFF];
                int64_t mine = own.edge[one.own], its = own.edge[one.its];
                bin[e] = max(own.bin(one.own), own.bin(one.its));
                int32_t p = in.product.data[mine];
                unit[e] = in.unit_of.data[p];
                label[e] = in.joined.unit(g, p, in.unit_of.data);
                day[e] = in.time.data[mine];
                other[e] = in.time.data[its];
                int64_t launch = in.launch.data[p];
                int64_t c = at_launch(day[e], launch, in.never, in.new_days) + at_launch(other[e], launch, in.never, in.new_days);
                classes[c * bins + bin[e]]++;
            }
            for (int64_t first = 0, last; first < n; first = last) {
                for (last = first + 1; last < n && key[last] >> 32 == key[first] >> 32;) last++;
                int64_t m = last - first, days_a[BINS] = {}, days_b[BINS] = {}, units[BINS] = {}, labels[BINS] = {};
                add_distinct(unit + first, bin + first, m, room, units);
                add_distinct(label + first, bin + first, m, room, labels);
                add_distinct(day + first, bin + first, m, room, days_a);
                add_distinct(other + first, bin + first, m, room, days_b);
                for (int64_t k = 0; k < bins; k++) {
                    int64_t n_units = sum(units, k);
                    in.observed[g][k] += n_units;
                    in.sessions[g][k] += min(min(sum(days_a, k), sum(days_b, k)), n_units);
                    in.variants[g][k] += min(sum(labels, k), n_units);
                }
            }
        }
        for (int64_t c = 0; c < CLASSES; c++)
            for (int64_t k = 1; k < bins; k++) classes[c * bins + k] += classes[c * bins + k - 1];
    }
}

// What each row wrote on one day, and of which strata, as `collusion.kernels.residuals.Visits` contains it.
struct Visits {
    View<const int64_t> row, day, size, entry, stratum, count;

    static Visits read(Call &call) {
        Visits one;
        one.row = call.array<int64_t>("visits");
        one.day = call.array<int64_t>("days of visits");
        one.size = call.array<int64_t>("sizes of visits", one.day.n);
        one.entry = call.array<int64_t>("entries of visits", one.day.n + 1);
        one.stratum = call.array<int64_t>("strata of visits");
        one.count = call.array<int64_t>("counts of visits", one.stratum.n);
        call.rows("visits", one.row, one.day.n);
        call.rows("entries of visits", one.entry, one.stratum.n);
        return one;
    }
};

struct Expectations {
    View<const int64_t> g_indptr;
    View<const int32_t> members;
    View<const int64_t> ends, edges;
    View<const int32_t> product;
    Windows windows;
    int64_t limit;
    View<const int32_t> unit_of;
    Joined joined_products;
    Activity activity;
    Strata stratum;
    Activity class_activity;
    Grid<const double> class_size;
    Visits visits;
    int64_t days;
    KnownRates known;
    Grid<double> saved;
    double *expected, *removed, *joined;  // [n_groups, CLASSES, bins]
};

// Add to ``removed[c, k]`` by how much fewer co-reviews of class c are expected of all pairs of the log at the group's own rates.
static void add_removed(const Expectations &in, const Group &group, const double *rates, double *removed) {
    const int64_t months = in.known.months + 1, bins = in.known.bins;
    for (int64_t i = 0; i < group.n; i++) {
        int64_t s = group.touched[i];
        for (int64_t d = 0; d < months; d++) {
            if (other_stratum(group, i, d) < 0) continue;
            const double *one = in.class_size.data + 2 * s, *two = in.class_size.data + 2 * (s + d);
            double weight = d == 0 ? 0.5 : 1.0;
            double pairs[CLASSES] = {one[0] * two[0] * weight, (one[0] * two[1] + one[1] * two[0]) * weight, one[1] * two[1] * weight};
            const double *rate = in.known.later(s, d), *own = rates + (i * months + d) * bins;
            for (int64_t k = 0; k < bins; k++) {
                double fewer = rate[k] - own[k];
                for (int64_t c = 0; c < CLASSES; c++) removed[c * bins + k] += pairs[c] * fewer;
            }
        }
    }
}

// x - (1 - exp(-x)): of so many co-reviews, how many are not the first. By its series where x is small, as nearly always.
static inline double over_one(double x) {
    if (x < 1e-3) return x * x * (0.5 - x * (1.0 / 6.0 - x / 24.0));
    return x + expm1(-x);
}

struct SessionRoom {
    Room<int64_t> start, free, by, owner, of, seen, found;
    Room<double> expected;
};

// Add to ``saved[k]`` by how much fewer co-reviews are expected when only one counts for a pair of visits.
//
// The members are rows ``begin:end`` of the visits, with reviews in the strata that the group touches. The reviews of two visits are
// expected to give R co-reviews, and at least one with a chance of 1 - exp(-R); the sum of the difference over all pairs of visits of two
// members is what is saved. Of two visits of one review each it is next to nothing, so those are left out, which errs towards the null.
// Visits further apart than ``days`` have no co-reviews.
static void save_sessions(Call &call, const Expectations &in, const Group &group, SessionRoom &room, int64_t begin, int64_t end,
                          const double *rates, double *saved) {
    const Visits &visits = in.visits;
    const int64_t months = in.known.months + 1, bins = in.known.bins, strata = in.known.n;
    const int64_t first = visits.row[begin], last = visits.row[end], first_entry = visits.entry[first], last_entry = visits.entry[last];
    const int32_t *position = group.position.data;
    const int64_t *stratum = visits.stratum.data, *times = visits.count.data, *entry = visits.entry.data;
    // The entries of visits by stratum.
    int64_t *start = room.start.zeros(call, group.n + 1), *free = room.free.of(call, group.n + 1);
    for (int64_t e = first_entry; e < last_entry; e++) {
        if (position[stratum[e]] == 0) call.fail(1, "`strata of visits`: %lld, where the group has no review", (long long)stratum[e]);
        start[position[stratum[e]]]++;
    }
    for (int64_t i = 0; i < group.n; i++) start[i + 1] += start[i];
    memcpy(free, start, (size_t)(group.n + 1) * sizeof(int64_t));
    int64_t *by = room.by.of(call, last_entry - first_entry);
    for (int64_t e = first_entry; e < last_entry; e++) by[free[position[stratum[e]] - 1]++] = e;
    // The member of each visit, and the visit of each entry.
    int64_t *owner = room.owner.of(call, last - first), *of = room.of.of(call, last_entry - first_entry);
    for (int64_t a = begin; a < end; a++)
        for (int64_t i = visits.row[a]; i < visits.row[a + 1]; i++) {
            owner[i - first] = a;
            for (int64_t e = entry[i]; e < entry[i + 1]; e++) of[e - first_entry] = i - first;
        }
    const int64_t *day = visits.day.data + first, *size = visits.size.data + first;
    double *expected = room.expected.of(call, (last - first) * bins);
    int64_t *seen = room.seen.of(call, last - first), *found = room.found.of(call, last - first);
    for (int64_t i = 0; i < last - first; i++) seen[i] = -1;
    for (int64_t i = 0; i < last - first; i++) {
        if (size[i] < 2) continue;
        int64_t near = 0;
        for (int64_t e = entry[first + i]; e < entry[first + i + 1]; e++)
            for (int64_t d = 1 - months; d < months; d++) {
                int64_t t = stratum[e] + d;
                if (t < 0 || t >= strata || position[t] == 0) continue;
                int64_t at = position[min(stratum[e], t)] - 1;
                const double *rate = rates + (at * months + (d < 0 ? -d : d)) * bins;
                for (int64_t b = start[position[t] - 1]; b < start[position[t]]; b++) {
                    int64_t f = by[b], j = of[f - first_entry], gap = day[j] - day[i];
                    // Two visits of several reviews are seen from both sides, and count once.
                    if (owner[j] == owner[i] || (size[j] > 1 && owner[j] < owner[i]) || (gap < 0 ? -gap : gap) > in.days) continue;
                    double *mean = expected + j * bins;
                    if (seen[j] != i) {
                        seen[j] = i;
                        found[near++] = j;
                        for (int64_t k = 0; k < bins; k++) mean[k] = 0.0;
                    }
                    double pairs = (double)(times[e] * times[f]);
                    for (int64_t k = 0; k < bins; k++) mean[k] += pairs * rate[k];
                }
            }
        for (int64_t m = 0; m < near; m++)
            for (int64_t k = 0; k < bins; k++) saved[k] += over_one(expected[found[m] * bins + k]);
    }
}

static void expect(Call &call, const Expectations &in) {
    const int64_t bins = in.known.bins, width = CLASSES * bins;
    Group group{};
    group.make(call, in.known);
    SessionRoom room{};
    for (int64_t g = 0; g + 1 < in.g_indptr.n; g++) {
        const int64_t first = in.g_indptr[g], last = in.g_indptr[g + 1];
        in_window(call, group, in.edges.part(in.ends[g], in.ends[g + 1]), in.windows, in.limit);
        const Inside &own = group.inside;
        mark_strata(group, in.members.part(first, last), in.activity);
        int64_t *unit = group.unit_room.of(call, own.n);
        for (int64_t i = 0; i < own.n; i++) unit[i] = in.unit_of.data[in.product.data[own.edge[i]]];
        in_units(call, group, unit, own.n);
        const double *rates = group_rates(call, group, share_left_out(group), in.stratum, in.known);
        save_sessions(call, in, group, room, first, last, rates, in.saved[g].data);
        const double *weights =
            weigh_pairs(call, group, last - first, [first](int64_t m) { return first + m; }, in.class_activity, 1, in.known.months);
        double *expected = in.expected + g * width, *joined = in.joined + g * width;
        add_expected(group, in.known, weights, CLASSES, rates, expected);
        add_removed(in, group, rates, in.removed + g * width);
        if (in.joined_products.indptr[g + 1] > in.joined_products.indptr[g]) {
            for (int64_t i = 0; i < own.n; i++) unit[i] = in.joined_products.unit(g, in.product.data[own.edge[i]], in.unit_of.data);
            in_units(call, group, unit, own.n);
            rates = group_rates(call, group, share_left_out(group), in.stratum, in.known);
            for (int64_t k = 0; k < width; k++) joined[k] = 0.0;
            add_expected(group, in.known, weights, CLASSES, rates, joined);
        } else
            for (int64_t k = 0; k < width; k++) joined[k] = expected[k];
        clear_strata(group);
    }
}

// ``[n_groups, CLASSES, bins]``.
template <class T> static T *by_class(Call &call, const char *name, int64_t groups, int64_t bins) {
    Array &one = call.writeable(name, call.typed<T>(name, groups, 3));
    if (one.shape[1] != CLASSES || one.shape[2] != bins) call.fail(1, "`%s`: expected rows of %d by %lld", name, (int)CLASSES, (long long)bins);
    return (T *)one.data;
}

}  // namespace collusion::residuals

KERNEL(granted_counts) {
    residuals::Counts in{};
    in.g_indptr = call.array<int64_t>("g_indptr");
    in.ends = call.array<int64_t>("ends", in.g_indptr.n);
    in.edges = call.array<int64_t>("edges");
    in.of = call.array<int32_t>("of", in.edges.n);
    in.product = call.array<int32_t>("product");
    in.time = call.array<int32_t>("time", in.product.n);
    in.launch = call.array<int32_t>("launch");
    in.never = call.integer("never");
    in.new_days = call.integer("new_days");
    in.windows = Windows::read(call);
    in.limit = call.integer("limit", 0, residuals::BINS - 1);
    in.unit_of = call.array<int32_t>("unit_of", in.launch.n);
    call.rows("g_indptr", in.g_indptr, INT32_MAX);
    const int64_t groups = in.g_indptr.n - 1;
    in.joined = residuals::Joined::read(call, groups);
    in.observed = call.output_grid<int64_t>("observed", groups);
    in.sessions = call.output_grid<int64_t>("sessions", groups, in.observed.columns);
    in.variants = call.output_grid<int64_t>("variants", groups, in.observed.columns);
    in.classes = residuals::by_class<int64_t>(call, "classes", groups, in.observed.columns);
    if (in.observed.columns > residuals::BINS || in.limit >= in.observed.columns) call.fail(1, "`observed`: %lld bins", (long long)in.observed.columns);
    call.rows("ends", in.ends, in.edges.n);
    call.below("edges", in.edges.part(in.ends[0], in.ends[groups]), min(in.product.n, in.windows.product.n));
    if (in.ends[groups] - in.ends[0] > INT32_MAX) call.fail(1, "`ends`: more edges than numbers of 32 bits");
    call.below("product", in.product, in.launch.n);
    residuals::count(call, in);
}

KERNEL(granted_expectations) {
    residuals::Expectations in{};
    in.g_indptr = call.array<int64_t>("g_indptr");
    in.members = call.array<int32_t>("members");
    in.ends = call.array<int64_t>("ends", in.g_indptr.n);
    in.edges = call.array<int64_t>("edges");
    in.product = call.array<int32_t>("product");
    in.windows = Windows::read(call);
    in.limit = call.integer("limit", 0);
    in.unit_of = call.array<int32_t>("unit_of");
    call.rows("g_indptr", in.g_indptr, in.members.n);
    const int64_t groups = in.g_indptr.n - 1;
    in.joined_products = residuals::Joined::read(call, groups);
    in.activity = Activity::read(call);
    in.stratum = Strata::read(call, "stratum", in.product.n);
    in.class_activity = Activity::read(call);
    in.class_size = call.grid<double>("class_size", -1, 2);
    in.visits = residuals::Visits::read(call);
    in.days = call.integer("days");
    in.known = KnownRates::read(call);
    in.saved = call.output_grid<double>("saved", groups, in.known.bins);
    in.expected = residuals::by_class<double>(call, "expected", groups, in.known.bins);
    in.removed = residuals::by_class<double>(call, "removed", groups, in.known.bins);
    in.joined = residuals::by_class<double>(call, "joined", groups, in.known.bins);
    if (in.limit >= in.known.bins) call.fail(1, "`limit`: beyond the bins");
    if (in.class_size.rows != in.known.n) call.fail(1, "`class_size`: expected a row a stratum");
    if (in.visits.row.n - 1 < in.g_indptr[groups]) call.fail(1, "`visits`: fewer rows than members");
    if (in.class_activity.rows() < in.g_indptr[groups]) call.fail(1, "`class activity`: fewer rows than members");
    call.rows("ends", in.ends, in.edges.n);
    call.below("edges", in.edges.part(in.ends[0], in.ends[groups]), min(in.product.n, in.windows.product.n));
    call.below("members", in.members.part(in.g_indptr[0], in.g_indptr[groups]), in.activity.rows());
    call.below("product", in.product, in.unit_of.n);
    call.below("strata of visits", in.visits.stratum, in.known.n);
    in.activity.strata.check(call, "strata of activity", in.known.n);
    in.class_activity.strata.check(call, "strata of class activity", 2 * in.known.n);
    in.stratum.check(call, "stratum", in.known.n);
    residuals::expect(call, in);
}

KERNEL(list_visits) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> day = call.array<int32_t>("day");
    View<const int32_t> stratum = call.array<int32_t>("stratum", day.n);
    int64_t no_time = call.integer("no_time");
    call.rows("indptr", indptr, day.n);
    call.below("stratum", stratum, (int64_t)INT32_MAX + 1);
    const int64_t n = day.n;
    View<int64_t> visits = call.zeros<int64_t>(indptr.n), days = call.make<int64_t>(n), sizes = call.make<int64_t>(n),
                  entries = call.make<int64_t>(n + 1), strata = call.make<int64_t>(n), counts = call.make<int64_t>(n);
    Room<int64_t> room{};
    int64_t n_entries = 0, n_visits = 0;
    for (int64_t u = 0; u + 1 < indptr.n; u++) {
        int64_t *own = room.of(call, indptr[u + 1] - indptr[u]), m = 0;
        for (int64_t e = indptr[u]; e < indptr[u + 1]; e++)
            if (day.data[e] != no_time) own[m++] = (int64_t)((uint64_t)day.data[e] << 32) | (int64_t)stratum.data[e];
        sort(own, m);
        for (int64_t e = 0; e < m; e++) {
            if (e == 0 || own[e] >> 32 != own[e - 1] >> 32) {
                days[n_visits] = own[e] >> 32;
                entries[n_visits] = n_entries;
                sizes[n_visits++] = 0;
            }
            if (e == 0 || own[e] != own[e - 1]) {
                strata[n_entries] = own[e] & 0xFFFFFFFF;
                counts[n_entries++] = 0;
            }
            counts[n_entries - 1]++;
            sizes[n_visits - 1]++;
        }
        visits[u + 1] = n_visits;
    }
    entries[n_visits] = n_entries;
    call.give(visits);
    call.give(days, n_visits);
    call.give(sizes, n_visits);
    call.give(entries, n_visits + 1);
    call.give(strata, n_entries);
    call.give(counts, n_entries);
}
