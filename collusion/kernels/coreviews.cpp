// Pairs of reviewers with several co-reviews: all windows in one pass, reviewer by reviewer, with counters that stay in cache.
#include "base.hpp"
#include "hash.hpp"
#include "reach.hpp"
#include "sort.hpp"
#include "tails.hpp"

namespace collusion::coreviews {

// Edges whose neighbours are looked up together, so that the waits for memory overlap; what they bring fits into the cache.
constexpr int64_t BLOCK = 1024;
// Cells for each edge near a reviewer's: few reviewers share one with another.
constexpr int64_t CELLS = 16;
// The lowest bits of the hash that choose a cell, first and again: two reviewers who share a cell rarely share the other one too.
constexpr int SHIFTS[] = {32, 44};
// Strata of a reviewer that are added to what is expected before it is compared with the requested surprise.
constexpr int64_t STRATA_A_STEP = 8;
// Numbers of 64 bits in a line of the cache.
constexpr int64_t LINE = 8;
// Nats by which rounding may change a surprise, generously.
constexpr double ROUNDING = 1e-6;
// Columns at the end of a pair's counters: co-reviews seen, the last unit, and the bins counted there.
constexpr int64_t STATE = 3;
// Most bins: those that a word contains.
constexpr int64_t BINS = NOWHERE;

struct Rates {
    const double *rate;  // [windows, strata, 2 * months + 1, bins]
    int64_t windows, strata, months, bins;
};

// What is known of those near one reviewer stays in cache, however many reviewers the log has.
struct Near {
    View<int32_t> edge, name, at_row;
    View<uint8_t> cells;
    View<int32_t> key, row;
    int64_t room;

    void make(Call &call, int64_t n) {
        room = n;
        edge = call.make<int32_t>(n);
        name = call.make<int32_t>(n);
        at_row = call.make<int32_t>(n);
        cells = call.zeros<uint8_t>(CELLS * n);
        key = call.make<int32_t>(2 * n);
        row = call.full<int32_t>(2 * n, -1);
    }
    void release(Call &call) {
        call.release(edge);
        call.release(name);
        call.release(at_row);
        call.release(cells);
        call.release(key);
        call.release(row);
    }
};

// Sort the cells ``at[:n]`` of a table by their keys, which differ.
static void in_order(const int32_t *key, int32_t *at, int64_t n) {
    sort(at, n, [key](int32_t a, int32_t b) { return key[a] < key[b]; });
}

// Leave in ``near`` and ``start`` those only who may have come ``at_least`` times; return how many are left. Counted by cell: reviewers who
// share one are distinguished later, most cells holding one reviewer once. A cell has one bit set per visit, up to eight.
static int64_t repeated(Near &near, int64_t *start, int64_t n_edges, int64_t at_least, int64_t mask, int shift) {
    uint8_t *cells = near.cells.data;
    int32_t *edge = near.edge.data, *name = near.name.data;
    int64_t all = start[n_edges];
    for (int64_t c = 0; c < all; c++) {
        int64_t at = cell(name[c], mask, shift);
        cells[at] = (uint8_t)((cells[at] << 1) | 1);
    }
    uint8_t enough = (uint8_t)((1 << min<int64_t>(at_least, 8)) - 1);
    int64_t n = 0, begin = start[0];
    for (int64_t e = 0; e < n_edges; e++) {
        int64_t end = start[e + 1];
        for (int64_t c = begin; c < end; c++) {
            int64_t at = cell(name[c], mask, shift);
            edge[n] = edge[c];
            name[n] = name[c];
            n += cells[at] >= enough;
        }
        begin = end;
        start[e + 1] = n;
    }
    return n;
}

// Count a co-review in the windows from w on in a row of counters: once per unit, the rarest, and once per product.
static inline void add(int32_t *row, int64_t state, int32_t here, int64_t w, int64_t own, int64_t other, View<const int64_t> per_unit,
                       View<const int64_t> per_edge, int64_t bins) {
    row[state]++;
    if (row[state + 1] != here) {
        row[state + 1] = here;
        row[state + 2] = (int32_t)NO_BINS;
    }
    int64_t best = row[state + 2];
    for (int64_t x = w; x < per_unit.n; x++) {
        int shift = BIN_BITS * (int)x;
        int64_t k = max((own >> shift) & NOWHERE, (other >> shift) & NOWHERE);
        if (k >= bins) continue;
        if (per_edge[x] >= 0) row[per_edge[x] * bins + k]++;
        int64_t old = (best >> shift) & NOWHERE;
        if (per_unit[x] >= 0 && k < old) {
            if (old < NOWHERE) row[per_unit[x] * bins + old]--;
            row[per_unit[x] * bins + k]++;
            best += (k - old) * ((int64_t)1 << shift);
        }
    }
    row[state + 2] = (int32_t)best;
}

// Bring to the front of ``at_row`` those of n rows that co-review often enough by a measure; return how many they are. How often goes
// behind the counters, a column a measure.
static int64_t keep(int32_t *at_row, int32_t *counts, int64_t width, int64_t n, int64_t measures, int64_t bins, int64_t at_least) {
    int64_t kept = 0;
    for (int64_t c = 0; c < n; c++) {
        int32_t *row = counts + c * width;
        if (row[width - STATE] < at_least) continue;
        bool enough = false;
        for (int64_t m = 0; m < measures; m++) {
            int32_t times = 0;
            for (int64_t k = 0; k < bins; k++) times += row[m * bins + k];
            row[measures * bins + m] = times;
            enough |= times >= at_least;
        }
        if (enough) {
            swap(at_row[c], at_row[kept]);
            kept++;
        }
    }
    return kept;
}

// How many reviews the reviewer at hand has by stratum, and which strata are at most ``months`` from one of them.
struct Own {
    View<int64_t> count;
    View<uint8_t> close;
};

template <class S, class C>
static void set_own(Own &own, View<const int64_t> indptr, View<const S> strata, View<const C> counts, int64_t u, int64_t months) {
    for (int64_t e = indptr[u]; e < indptr[u + 1]; e++) {
        int64_t s = (int64_t)strata[e];
        own.count[s] = (int64_t)counts[e];
        for (int64_t t = max<int64_t>(s - months, 0); t < min(s + months + 1, own.close.n); t++) own.close[t] = 1;
    }
}

template <class S> static void clear_own(Own &own, View<const int64_t> indptr, View<const S> strata, int64_t u, int64_t months) {
    for (int64_t e = indptr[u]; e < indptr[u + 1]; e++) {
        int64_t s = (int64_t)strata[e];
        own.count[s] = 0;
        for (int64_t t = max<int64_t>(s - months, 0); t < min(s + months + 1, own.close.n); t++) own.close[t] = 0;
    }
}

// Add to ``mean[k]`` the co-reviews in bins up to k that are expected of ``own`` and ``counts[begin:end]``, in window w. Rows of the rates
// are asked for in memory before the first is needed.
template <class S, class C>
static inline void expect(int64_t begin, int64_t end, int64_t w, View<const S> strata, View<const C> counts, const Own &own,
                          const Rates &rates, double *mean) {
    int64_t n = rates.strata, months = rates.months, bins = rates.bins, width = (2 * months + 1) * bins;
    for (int64_t e = begin; e < end; e++) {
        int64_t t = (int64_t)strata[e];
        if (own.close[t])
            for (int64_t at = 0; at < width; at += LINE) prefetch(rates.rate + (w * n + t) * width + at);
    }
    double part[BINS];
    for (int64_t e = begin; e < end; e++) {
        int64_t t = (int64_t)strata[e];
        if (!own.close[t]) continue;
        for (int64_t k = 0; k < bins; k++) part[k] = 0.0;
        const double *rows = rates.rate + (w * n + t) * width;
        for (int64_t s = max<int64_t>(t - months, 0); s < min(t + months + 1, n); s++) {
            if (own.count[s] <= 0) continue;
            double times = (double)own.count[s];
            const double *rate = rows + (months + s - t) * bins;
            for (int64_t k = 0; k < bins; k++) part[k] += times * rate[k];
        }
        double times = (double)counts[e];
        for (int64_t k = 0; k < bins; k++) mean[k] += times * part[k];
    }
}

// The largest bound over all bins for as many co-reviews in bins up to that one as ``counted`` contains.
static inline double surprise_of(const int32_t *counted, const double *mean, int64_t bins) {
    double surprise = 0.0, seen = 0.0;
    for (int64_t k = 0; k < bins; k++) {
        // Where no co-review is added the mean can only grow, and the surprise fall.
        if (counted[k] > 0) {
            seen += (double)counted[k];
            surprise = max(surprise, chernoff(seen, mean[k]));
        }
    }
    return surprise;
}

struct Input {
    int64_t begin, end;
    View<const int64_t> indptr;
    View<const int32_t> edges;
    View<const uint8_t> joined;
    View<const int32_t> who;
    int64_t n_counted;
    View<const uint64_t> reach;
    View<const int64_t> days, per_unit, per_edge, act_indptr;
    Rates rates;
    int64_t at_least;
    double least_surprise;
};

template <class S, class C> static void count(Call &call, const Input &in, View<const S> strata, View<const C> act_counts) {
    const int64_t bins = in.rates.bins, windows = in.rates.windows, months = in.rates.months, at_least = in.at_least;
    int64_t measures = 0;
    for (int64_t w = 0; w < windows; w++) measures = max(measures, max(in.per_unit[w], in.per_edge[w]) + 1);
    const bool asked = in.least_surprise > 0.0;
    int64_t capacity = BLOCK;
    View<int32_t> lo = call.make<int32_t>(capacity), hi = call.make<int32_t>(capacity);
    View<int64_t> start = call.make<int64_t>(capacity + 1);
    Near near{};
    near.make(call, 1024);
    const int64_t width = measures * (bins + 1) + STATE;
    int64_t n_rows = 64;
    View<int32_t> counts = call.make<int32_t>(n_rows * width);
    // Few enough bytes to stay in the nearest cache.
    Own own{call.zeros<int64_t>(in.rates.strata), call.zeros<uint8_t>(in.rates.strata)};
    Growing<int32_t> a(call), b(call), times(call), nats(call, asked ? 1024 : 1);
    Growing<uint8_t> measure(call);
    double mean[BINS];
    const int32_t *edges = in.edges.data, *who = in.who.data;
    const uint64_t *reach = in.reach.data;
    const int32_t n_counted = (int32_t)in.n_counted;

    int64_t block_end = in.begin, base = 0;
    for (int64_t u = in.begin; u < in.end; u++) {
        if (u == block_end) {
            block_end = u + 1;
            while (block_end < in.end && in.indptr[block_end + 1] - in.indptr[u] <= BLOCK) block_end++;
            base = in.indptr[u];
            int64_t m = in.indptr[block_end] - base;
            if (m > capacity) {
                capacity = m;
                call.resize(lo, capacity);
                call.resize(hi, capacity);
                call.resize(start, capacity + 1);
            }
            for (int64_t k = 0; k < m; k++) {
                int64_t i = edges[base + k];
                int64_t first = reach_first(reach, i), after = reach_after(reach, i);
                if (first < 0 || after > in.who.n) call.fail(1, "`reach`: edge %lld reaches beyond all edges", (long long)i);
                lo[k] = (int32_t)first;
                hi[k] = (int32_t)after;
                prefetch(who + first);
                prefetch(who + after);
            }
        }
        const int64_t begin = in.indptr[u] - base, end = in.indptr[u + 1] - base, n_edges = end - begin;
        int64_t total = 0;
        for (int64_t e = begin; e < end; e++) total += hi[e] - lo[e];
        if (total >= near.room) {
            int64_t room = near.room;
            while (total >= room) room *= 2;
            near.release(call);
            near.make(call, room);
        }
        // Who comes after u, without a branch, since none could be foretold.
        int32_t *edge = near.edge.data, *name = near.name.data;
        int64_t n = 0;
        for (int64_t e = begin; e < end; e++) {
            start.data[e - begin] = n;
            for (int64_t j = lo.data[e], last = hi.data[e]; j < last; j++) {
                int32_t v = who[j];
                edge[n] = (int32_t)j;
                name[n] = v;
                n += (v > u) & (v < n_counted);
            }
        }
        start.data[n_edges] = n;
        for (int shift : SHIFTS) {
            if (n >= at_least && at_least > 1) {
                int64_t used = cells_for(CELLS * n);
                n = repeated(near, start.data, n_edges, at_least, used - 1, shift);
                memset(near.cells.data, 0, (size_t)used);
            }
        }
        if (n < at_least) continue;
        if (n > n_rows) {
            n_rows = 2 * n;
            call.release(counts);
            counts = call.make<int32_t>(call.checked(n_rows, width));
        }
        // A row of counters for each reviewer near: co-reviews by bin, for each measure.
        const int64_t mask = cells_for(2 * n) - 1;
        int32_t *key = near.key.data, *row = near.row.data, *at_row = near.at_row.data;
        int64_t rows = 0;
        int32_t here = 0;
        for (int64_t e = 0; e < n_edges; e++) {
            int64_t at_edge = base + begin + e;
            if (!(in.joined.n && (in.joined[at_edge >> 3] >> (at_edge & 7)) & 1)) here++;
            if (start.data[e] == start.data[e + 1]) continue;
            uint64_t word = reach[edges[at_edge]];
            int64_t mine = reach_bins(word), when = reach_day(word);
            for (int64_t c = start.data[e]; c < start.data[e + 1]; c++) {
                word = reach[edge[c]];
                int64_t gap = reach_day(word) - when;
                gap = gap < 0 ? -gap : gap;
                int64_t w = 0;
                while (w < windows && in.days[w] < gap) w++;
                int32_t v = name[c];
                int64_t at = cell(v, mask);
                while (row[at] >= 0 && key[at] != v) at = (at + 1) & mask;
                int32_t r = row[at];
                if (r < 0) {
                    key[at] = v;
                    row[at] = r = (int32_t)rows;
                    at_row[rows++] = (int32_t)at;
                    memset(counts.data + r * width, 0, (size_t)width * sizeof(int32_t));
                }
                add(counts.data + r * width, width - STATE, here, w, mine, reach_bins(word), in.per_unit, in.per_edge, bins);
            }
        }
        int64_t kept = keep(at_row, counts.data, width, rows, measures, bins, at_least);
        in_order(key, at_row, kept);
        if (asked && kept) {
            for (int64_t c = 0; c < kept; c++) prefetch(in.act_indptr, key[at_row[c]]);
            set_own(own, in.act_indptr, strata, act_counts, u, months);
            for (int64_t c = 0; c < kept; c++) {
                prefetch(strata, in.act_indptr[key[at_row[c]]]);
                prefetch(act_counts, in.act_indptr[key[at_row[c]]]);
            }
        }
        a.reserve(kept * measures);
        b.reserve(kept * measures);
        times.reserve(kept * measures);
        measure.reserve(kept * measures);
        if (asked) nats.reserve(kept * measures);
        for (int64_t c = 0; c < kept; c++) {
            int32_t v = key[at_row[c]];
            const int32_t *counted = counts.data + row[at_row[c]] * width;
            int64_t last = asked ? in.act_indptr[v + 1] : 0;
            for (int64_t w = 0; w < windows; w++) {
                for (int64_t k = 0; k < bins; k++) mean[k] = 0.0;
                int64_t at = asked ? in.act_indptr[v] : 0;
                double surprise = 0.0;
                const int64_t both[] = {in.per_unit[w], in.per_edge[w]};
                for (int64_t m : both) {
                    if (m < 0 || counted[measures * bins + m] < at_least) continue;
                    // What is expected only grows with each stratum, and the surprise falls: most pairs are left early.
                    while (asked) {
                        int64_t until = min(at + STRATA_A_STEP, last);
                        expect(at, until, w, strata, act_counts, own, in.rates, mean);
                        at = until;
                        surprise = surprise_of(counted + m * bins, mean, bins);
                        if (at == last || surprise < in.least_surprise - ROUNDING) break;
                    }
                    if (asked) {
                        if (surprise < in.least_surprise) continue;
                        nats.buffer.data[nats.n++] = (int32_t)rint(min(surprise, 1e6) * 1024.0);
                    }
                    a.buffer.data[a.n++] = (int32_t)u;
                    b.buffer.data[b.n++] = v;
                    times.buffer.data[times.n++] = counted[measures * bins + m];
                    measure.buffer.data[measure.n++] = (uint8_t)m;
                }
            }
        }
        if (asked && kept) clear_own(own, in.act_indptr, strata, u, months);
        for (int64_t c = 0; c < rows; c++) row[at_row[c]] = -1;
    }
    a.give();
    b.give();
    measure.give();
    times.give();
    nats.give();
}

}  // namespace collusion::coreviews

KERNEL(count_pairs) {
    coreviews::Input in{};
    int64_t begin = call.integer("begin_u", 0), end = call.integer("end_u", 0);
    in.indptr = call.array<int64_t>("indptr");
    in.edges = call.array<int32_t>("edges");
    in.joined = call.array<uint8_t>("joined");
    in.who = call.array<int32_t>("who", in.edges.n);
    in.n_counted = call.integer("n_counted", 0, INT32_MAX);
    in.reach = call.array<uint64_t>("reach", in.edges.n);
    in.days = call.array<int64_t>("days");
    in.per_unit = call.array<int64_t>("per_unit", in.days.n);
    in.per_edge = call.array<int64_t>("per_edge", in.days.n);
    in.act_indptr = call.array<int64_t>("act_indptr");
    Array &act_strata = call.any("act_strata");
    Array &act_counts = call.any("act_counts", act_strata.shape[0]);
    Array &rate = call.typed<double>("rate", in.days.n, 4);
    in.rates = {(const double *)rate.data, rate.shape[0], rate.shape[1], call.integer("months", 0, rate.shape[2]), rate.shape[3]};
    in.at_least = call.integer("at_least", 1, INT32_MAX);
    in.least_surprise = call.real("least_surprise");

    in.begin = begin;
    in.end = end;
    call.rows("indptr", in.indptr, in.edges.n);
    call.below("edges", in.edges, in.edges.n);
    if (end > in.indptr.n - 1) call.fail(1, "`end_u`: %lld, but there are %lld reviewers", (long long)end, (long long)(in.indptr.n - 1));
    if (in.joined.n && in.joined.n < (in.edges.n + 7) / 8) call.fail(1, "`joined`: fewer bits than edges");
    if (in.days.n > WINDOWS) call.fail(1, "`days`: more than %d windows", (int)WINDOWS);
    if (in.rates.bins > coreviews::BINS) call.fail(1, "`rate`: more than %d bins", (int)coreviews::BINS);
    if (rate.shape[2] != 2 * in.rates.months + 1) call.fail(1, "`rate`: its third dimension does not hold so many months");
    call.within("per_unit", in.per_unit, -1, 2 * WINDOWS);
    call.within("per_edge", in.per_edge, -1, 2 * WINDOWS);
    call.rows("act_indptr", in.act_indptr, act_strata.shape[0]);
    // Reviewers with activity are looked for by their code.
    if (in.least_surprise > 0 && in.n_counted > in.act_indptr.n - 1) call.fail(1, "`act_indptr`: fewer rows than reviewers that are counted");
    if (in.least_surprise > 0 && end > in.act_indptr.n - 1) call.fail(1, "`act_indptr`: fewer rows than reviewers");
    call.with<int16_t, int32_t>("act_strata", act_strata, [&](auto strata) {
        call.below("act_strata", strata, in.rates.strata);
        call.with<uint16_t, int32_t>("act_counts", act_counts, [&](auto counts) { coreviews::count(call, in, strata, counts); });
    });
}
