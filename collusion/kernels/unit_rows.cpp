// Rows of reviewers by unit, and how often edges of two strata are a co-review.
#include "sort.hpp"
#include "spans.hpp"

namespace collusion::unit_rows {

// Edges that are prefetched ahead.
constexpr int64_t AHEAD = 24;

// Order the edges of a row by the units of their products; those of one unit stay in order.
static void sort_row(int32_t *edges, int64_t n, const int32_t *product, const int32_t *unit_of, int64_t *key) {
    for (int64_t e = 0; e < n; e++) key[e] = (int64_t)((uint64_t)unit_of[product[edges[e]]] << 32) | e;
    bool ordered = true;
    for (int64_t e = 1; e < n; e++) ordered &= key[e - 1] < key[e];
    if (ordered) return;
    sort(key, n);
    // From where they were to where they belong, in the second half of the room.
    int32_t *moved = (int32_t *)(key + n);
    for (int64_t e = 0; e < n; e++) moved[e] = edges[key[e] & 0xFFFFFFFF];
    memcpy(edges, moved, (size_t)n * sizeof(int32_t));
}

// A count by stratum, months after it and bin.
struct Counts {
    int64_t *data;
    int64_t strata, months, bins;
};

template <class S> static void count(Call &call, View<const uint32_t> span, View<const S> stratum, Counts counts) {
    for (int64_t i = 0; i < span.n; i++) {
        int64_t here = span_bin(span.data[i]), month = stratum.data[i], end = span_after(span.data[i], i);
        if (end > span.n) call.fail(1, "`span`: the window of edge %lld reaches beyond all edges", (long long)i);
        int64_t *own = counts.data + month * counts.months * counts.bins;
        for (int64_t j = i + 1; j < end; j++) {
            int64_t d = (int64_t)stratum.data[j] - month, k = max(here, span_bin(span.data[j]));
            if ((uint64_t)d >= (uint64_t)counts.months || k >= counts.bins)
                call.fail(1, "`count`: no room for edges %lld and %lld, %lld months apart and of bin %lld", (long long)i, (long long)j,
                          (long long)d, (long long)k);
            own[d * counts.bins + k]++;
        }
    }
}

}  // namespace collusion::unit_rows

KERNEL(sort_rows) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<int32_t> edges = call.output<int32_t>("edges");
    View<const int32_t> product = call.array<int32_t>("product");
    View<const int32_t> unit_of = call.array<int32_t>("unit_of");
    call.rows("indptr", indptr, edges.n);
    call.below("edges", edges, product.n);
    call.below("product", product, unit_of.n);
    int64_t longest = 0;
    for (int64_t u = 0; u + 1 < indptr.n; u++) longest = max(longest, indptr[u + 1] - indptr[u]);
    View<int64_t> key = call.make<int64_t>(2 * longest);
    for (int64_t u = 0; u + 1 < indptr.n; u++)
        unit_rows::sort_row(edges.data + indptr[u], indptr[u + 1] - indptr[u], product.data, unit_of.data, key.data);
}

KERNEL(count_wedges) {
    View<const uint32_t> span = call.array<uint32_t>("span");
    Array &stratum = call.any("stratum", span.n);
    Array &count = call.writeable("count", call.typed<int64_t>("count", -1, 3));
    unit_rows::Counts counts{(int64_t *)count.data, count.shape[0], count.shape[1], count.shape[2]};
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto own) {
        call.below("stratum", own, counts.strata);
        unit_rows::count(call, span, own, counts);
    });
}

KERNEL(move_rows) {
    View<const int32_t> order = call.array<int32_t>("order");
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges");
    View<int32_t> out = call.output<int32_t>("out");
    call.rows("indptr", indptr, edges.n);
    call.below("order", order, indptr.n - 1);
    int64_t filled = 0;
    for (int64_t k = 0; k < order.n; k++) {
        int64_t begin = indptr[order[k]], n = indptr[order[k] + 1] - begin;
        if (n > out.n - filled) call.fail(1, "`out`: expected room for all rows, got %lld entries", (long long)out.n);
        for (int64_t e = 0; e < n; e++) out.data[filled + e] = edges.data[begin + e];
        filled += n;
    }
}

KERNEL(mark_joined) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges");
    View<const int32_t> product = call.array<int32_t>("product");
    View<const int32_t> unit_of = call.array<int32_t>("unit_of");
    View<uint8_t> bits = call.output<uint8_t>("bits");
    call.rows("indptr", indptr, edges.n);
    call.below("edges", edges, product.n);
    call.below("product", product, unit_of.n);
    if (bits.n < (edges.n + 7) / 8) call.fail(1, "`bits`: fewer than edges");
    for (int64_t u = 0; u + 1 < indptr.n; u++) {
        int64_t last = -1;
        for (int64_t e = indptr.data[u]; e < indptr.data[u + 1]; e++) {
            prefetch(product.data + edges.data[min(e + unit_rows::AHEAD, edges.n - 1)]);
            int64_t here = unit_of.data[product.data[edges.data[e]]];
            if (here == last) bits.data[e >> 3] |= (uint8_t)(1 << (e & 7));
            last = here;
        }
    }
}

namespace collusion::launches {

struct Input {
    View<const int64_t> indptr;
    View<const int32_t> time;
    int64_t no_time;
    View<const int32_t> launch;
    int64_t new_days;
    View<const uint32_t> span;
    Grid<int64_t> pairs;
    View<int64_t> fresh;
};

template <class S> static void count(Call &call, const Input &in, View<const S> stratum) {
    const int32_t *time = in.time.data;
    for (int64_t p = 0; p < in.launch.n; p++) {
        if (in.launch[p] == in.no_time) continue;
        int64_t start = in.indptr[p], end = in.indptr[p + 1];
        while (start < end && time[start] == in.no_time) start++;
        int64_t until = start;
        while (until < end && (int64_t)time[until] - (int64_t)in.launch[p] <= in.new_days) until++;
        for (int64_t i = start; i < until; i++) {
            in.fresh[stratum.data[i]]++;
            int64_t here = span_bin(in.span.data[i]), after = span_after(in.span.data[i], i);
            if (after > in.span.n) call.fail(1, "`span`: the window of edge %lld reaches beyond all edges", (long long)i);
            for (int64_t j = i + 1; j < after; j++) {
                int64_t k = max(here, span_bin(in.span.data[j]));
                if (k >= in.pairs.columns) call.fail(1, "`pairs`: no room for bin %lld", (long long)k);
                in.pairs.data[(1 + (j < until)) * in.pairs.columns + k]++;
            }
        }
    }
}

}  // namespace collusion::launches

KERNEL(count_launches) {
    launches::Input in{};
    in.indptr = call.array<int64_t>("indptr");
    in.time = call.array<int32_t>("time");
    in.no_time = call.integer("no_time");
    in.launch = call.array<int32_t>("launch");
    in.new_days = call.integer("new_days");
    in.span = call.array<uint32_t>("span", in.time.n);
    Array &stratum = call.any("stratum", in.time.n);
    in.pairs = call.output_grid<int64_t>("pairs", 3);
    in.fresh = call.output<int64_t>("new");
    call.rows("indptr", in.indptr, in.time.n);
    if (in.launch.n != in.indptr.n - 1) call.fail(1, "`launch`: expected an entry a product");
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto own) {
        call.below("stratum", own, in.fresh.n);
        launches::count(call, in, own);
    });
}
