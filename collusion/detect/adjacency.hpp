// A graph in both directions, as `Adjacency` in `peel.py` packs it: the neighbours of v are ``indices[start[v]:end[v]]``.
#pragma once
#include "../kernels/base.hpp"

namespace collusion {

// Weights stay below, so that an edge, which weighs what its two ends carry, fits in 64 bits.
constexpr int64_t HEAVIEST = (int64_t)1 << 62;

struct Rows {
    int64_t n = 0;
    View<const int64_t> start, end;
    View<const int32_t> indices;
};

struct Weighted : Rows {
    View<const int64_t> weight;
    int64_t light = 0;

    // What a node carries: those before ``light`` carry nothing.
    int64_t carried(int64_t v) const { return v >= light ? weight.data[v - light] : 0; }
};

// Rows are within ``indices`` and, since they do not overlap, contain no more than those; neighbours are nodes.
inline void check_rows(Call &call, const Rows &rows) {
    if (rows.n > INT32_MAX) call.fail(1, "`start`: more than %d nodes", INT32_MAX);
    int64_t wrong = 0, total = 0;
    for (int64_t v = 0; v < rows.n; v++) {
        int64_t begin = rows.start.data[v], end = rows.end.data[v];
        wrong += begin < 0 || end < begin || end > rows.indices.n;
        total += end - begin;
    }
    if (wrong) call.fail(1, "`end`: %lld rows do not lie within %lld indices", (long long)wrong, (long long)rows.indices.n);
    if (total > rows.indices.n) call.fail(1, "`end`: rows overlap");
    call.below("indices", rows.indices, rows.n);
}

inline Rows take_rows(Call &call) {
    Rows rows;
    rows.start = call.array<int64_t>("start");
    rows.n = rows.start.n;
    rows.end = call.array<int64_t>("end", rows.n);
    rows.indices = call.array<int32_t>("indices");
    check_rows(call, rows);
    return rows;
}

inline Weighted take_weighted(Call &call) {
    Weighted graph;
    static_cast<Rows &>(graph) = take_rows(call);
    graph.weight = call.array<int64_t>("weight");
    graph.light = call.integer("light", 0, graph.n);
    if (graph.weight.n != graph.n - graph.light)
        call.fail(1, "`weight`: expected %lld entries, got %lld", (long long)(graph.n - graph.light), (long long)graph.weight.n);
    call.within("weight", graph.weight, 0, HEAVIEST);
    return graph;
}

}  // namespace collusion
