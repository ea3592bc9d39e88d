// Pairs with a co-review at low local degrees: listed edge by edge, since nearly all edges have only a few co-reviews.
#include "base.hpp"
#include "sort.hpp"
#include "spans.hpp"

namespace collusion::rare_pairs {

// The half of a co-review that is the unit; the other half is the second reviewer.
constexpr int64_t UNIT = ((int64_t)1 << 32) - 1;
// Marks a pair with co-reviews at several units, whose number is stored in place of the unit.
constexpr int64_t SEVERAL = (int64_t)1 << 31;

static int64_t units_of(int64_t pair) { return pair & SEVERAL ? pair & (SEVERAL - 1) : 1; }

// The edges whose local-degree bin is at most ``limit``.
struct Edges {
    View<const uint32_t> span;
    View<const int32_t> who;
    int64_t limit;

    static Edges read(Call &call) {
        Edges one{};
        one.span = call.array<uint32_t>("span");
        one.limit = call.integer("limit", 0, INT32_MAX);
        one.who = call.array<int32_t>("who", one.span.n);
        if (one.span.n > INT32_MAX) call.fail(1, "`span`: more edges than 32 bits can number");
        return one;
    }
    bool counts(int64_t i) const { return span_bin(span.data[i]) <= limit; }
    // Edges that count are within the window of one that does only where there are any: no window reaches beyond the log.
    void check(Call &call, int64_t i) const {
        if (span_first(span.data[i], i) < 0 || span_after(span.data[i], i) > span.n) call.fail(1, "`span`: a window reaches beyond the edges");
    }
};

// Count the co-reviews of each first reviewer in ``ends`` where there are no ``seen``, else write them into the rows that end there.
// Rows are filled from their ends, so that ``ends`` contains the starts afterwards.
template <bool COUNTS>
static void co_reviews(Call &call, const Edges &edges, View<const int32_t> product, View<const int32_t> unit_of, int64_t *ends,
                       int64_t *seen) {
    const uint32_t *span = edges.span.data;
    const int32_t *who = edges.who.data;
    const int64_t n = edges.span.n;
    for (int64_t i = 0; i < n; i++) {
        if (!edges.counts(i)) continue;
        if (COUNTS) edges.check(call, i);
        const int64_t after = span_after(span[i], i);
        for (int64_t j = i + 1; j < after; j++) {
            if (!edges.counts(j) || who[i] == who[j]) continue;
            int32_t a = min(who[i], who[j]), b = max(who[i], who[j]);
            if (COUNTS)
                ends[a]++;
            else
                seen[--ends[a]] = ((int64_t)b << 32) | unit_of.data[product.data[i]];
        }
    }
}

// Sort each row and leave each second reviewer in it once, with the unit or the number of units; return how many are left.
static int64_t merge(View<int64_t> starts, int64_t *seen) {
    int64_t filled = 0;
    for (int64_t u = 0; u + 1 < starts.n; u++) {
        const int64_t begin = starts[u], end = starts[u + 1], first = filled;
        sort(seen + begin, end - begin);
        int64_t last = -1;
        for (int64_t e = begin; e < end; e++) {
            int64_t here = seen[e];
            if (filled == first || seen[filled - 1] >> 32 != here >> 32)
                seen[filled++] = here;
            else if (here != last) {
                int64_t pair = seen[filled - 1];
                seen[filled - 1] = pair & SEVERAL ? pair + 1 : (pair & ~UNIT) | SEVERAL | 2;
            }
            last = here;
        }
        starts[u] = first;
    }
    starts[starts.n - 1] = filled;
    return filled;
}

// Whether edge i forms a co-review with a reviewer who is still inside.
static bool has_other(const Edges &edges, int64_t i, const uint8_t *inside) {
    const int32_t *who = edges.who.data;
    const uint32_t word = edges.span.data[i];
    const int64_t after = span_after(word, i);
    for (int64_t j = span_first(word, i); j < after; j++)
        if (edges.counts(j) && who[j] != who[i] && inside[who[j]]) return true;
    return false;
}

// Put out those with too few shared reviews, and set their numbers back to 0; return how many were put out.
static int64_t leave(View<int32_t> shared, View<const int64_t> reviews, double share, View<uint8_t> inside) {
    int64_t out = 0;
    for (int64_t u = 0; u < inside.n; u++) {
        if (inside.data[u] && (double)shared.data[u] < max(2.0, share * (double)reviews.data[u])) {
            inside.data[u] = 0;
            out++;
        }
        shared.data[u] = 0;
    }
    return out;
}

// Pairs by the first reviewer.
struct Rows {
    View<const int64_t> starts, pair;
    int64_t n;

    static Rows read(Call &call) {
        Rows one{};
        one.starts = call.array<int64_t>("starts");
        one.pair = call.array<int64_t>("pair");
        call.rows("starts", one.starts, one.pair.n);
        one.n = one.starts.n - 1;
        if (one.n > INT32_MAX) call.fail(1, "`starts`: more reviewers than 32 bits can number");
        call.within("pair", one.pair, 0, one.n << 32);
        return one;
    }
};

// Mark the pairs of triangles whose co-reviews are not all at one unit. Each triangle is found once, from its first reviewer.
static void triangles(Call &call, const Rows &rows, uint8_t *closed) {
    const int64_t *starts = rows.starts.data, *pair = rows.pair.data;
    // One more than the position of a reviewer in the row that is looked at; 0 for none.
    int32_t *at = call.zeros<int32_t>(rows.n).data;
    for (int64_t u = 0; u < rows.n; u++) {
        const int64_t begin = starts[u], end = starts[u + 1];
        if (end - begin < 2) continue;
        if (end - begin > INT32_MAX - 1) call.fail(1, "`starts`: a row is too long");
        for (int64_t e = begin; e < end; e++) {
            prefetch(starts + (pair[e] >> 32));
            at[pair[e] >> 32] = (int32_t)(e - begin + 1);
        }
        for (int64_t e = begin; e < end; e++) prefetch(pair + starts[pair[e] >> 32]);
        for (int64_t e = begin; e < end; e++) {
            const int64_t v = pair[e] >> 32, one = pair[e] & UNIT, after = starts[v + 1];
            for (int64_t f = starts[v]; f < after; f++) {
                int32_t position = at[pair[f] >> 32];
                if (position == 0) continue;
                int64_t g = begin + position - 1;
                if (one & SEVERAL || one != (pair[f] & UNIT) || one != (pair[g] & UNIT)) closed[e] = closed[f] = closed[g] = 1;
            }
        }
        for (int64_t e = begin; e < end; e++) at[pair[e] >> 32] = 0;
    }
}

}  // namespace collusion::rare_pairs

KERNEL(rare_pairs) {
    auto edges = rare_pairs::Edges::read(call);
    const int64_t n = call.integer("n", 0, INT32_MAX);
    auto product = call.array<int32_t>("product", edges.span.n);
    auto unit_of = call.array<int32_t>("unit_of");
    call.below("who", edges.who, n);
    call.below("product", product, unit_of.n);
    call.within("unit_of", unit_of, 0, INT64_MAX);
    View<int64_t> ends = call.zeros<int64_t>(n + 1);
    rare_pairs::co_reviews<true>(call, edges, product, unit_of, ends.data, nullptr);
    for (int64_t u = 1; u <= n; u++) ends[u] += ends[u - 1];
    View<int64_t> seen = call.make<int64_t>(ends[n]);
    if (seen.n) rare_pairs::co_reviews<false>(call, edges, product, unit_of, ends.data, seen.data);
    int64_t filled = rare_pairs::merge(ends, seen.data);
    call.give(ends);
    call.give(seen, filled);
}

KERNEL(committed_reviewers) {
    auto in = rare_pairs::Edges::read(call);
    auto reviews = call.array<int64_t>("reviews");
    const double share = call.real("share");
    call.below("who", in.who, reviews.n);
    const int32_t *who = in.who.data;
    int64_t left = 0;
    for (int64_t i = 0; i < in.span.n; i++) left += in.counts(i);
    View<int32_t> edges = call.make<int32_t>(left);
    int64_t n = 0;
    for (int64_t i = 0; i < in.span.n; i++) {
        if (!in.counts(i)) continue;
        in.check(call, i);
        edges[n++] = (int32_t)i;
    }
    View<uint8_t> inside = call.full<uint8_t>(reviews.n, 1);
    View<int32_t> shared = call.zeros<int32_t>(reviews.n);
    do {
        int64_t stay = 0;
        for (int64_t k = 0; k < left; k++) {
            int32_t i = edges.data[k];
            if (!inside.data[who[i]] || !rare_pairs::has_other(in, i, inside.data)) continue;
            shared.data[who[i]]++;
            edges.data[stay++] = i;
        }
        left = stay;
    } while (rare_pairs::leave(shared, reviews, share, inside));
    call.give(inside);
}

KERNEL(closed_pairs) {
    auto rows = rare_pairs::Rows::read(call);
    auto inside = call.array<uint8_t>("inside", rows.n);
    View<uint8_t> closed = call.zeros<uint8_t>(rows.pair.n);
    rare_pairs::triangles(call, rows, closed.data);
    for (int64_t u = 0; u < rows.n; u++)
        if (inside[u])
            for (int64_t e = rows.starts[u]; e < rows.starts[u + 1]; e++) closed.data[e] |= inside.data[rows.pair.data[e] >> 32];
    call.give(closed);
}

KERNEL(pair_strengths) {
    auto rows = rare_pairs::Rows::read(call);
    View<int64_t> out = call.zeros<int64_t>(rows.n);
    for (int64_t u = 0; u < rows.n; u++) {
        for (int64_t e = rows.starts[u]; e < rows.starts[u + 1]; e++) {
            int64_t units = rare_pairs::units_of(rows.pair.data[e]);
            out.data[u] += units;
            out.data[rows.pair.data[e] >> 32] += units;
        }
    }
    call.give(out);
}

KERNEL(pair_columns) {
    auto rows = rare_pairs::Rows::read(call);
    auto kept = call.array<uint8_t>("kept");
    const bool all = call.flag("all");
    if (!all && kept.n != rows.pair.n) call.fail(1, "`kept`: expected an entry a pair");
    int64_t count = all ? rows.pair.n : 0;
    if (!all)
        for (uint8_t one : kept) count += one != 0;
    View<int32_t> a = call.make<int32_t>(count), b = call.make<int32_t>(count), units = call.make<int32_t>(count);
    int64_t n = 0;
    for (int64_t u = 0; u < rows.n; u++) {
        for (int64_t e = rows.starts[u]; e < rows.starts[u + 1]; e++) {
            if (!all && !kept.data[e]) continue;
            a.data[n] = (int32_t)u;
            b.data[n] = (int32_t)(rows.pair.data[e] >> 32);
            units.data[n++] = (int32_t)rare_pairs::units_of(rows.pair.data[e]);
        }
    }
    call.give(a, n);
    call.give(b, n);
    call.give(units, n);
}
