// Densest blocks by peeling (see `peel.py` for the definitions and proofs).
#include "../kernels/base.hpp"
#include "../kernels/heap.hpp"
#include "adjacency.hpp"

namespace collusion::peel {

static void cut(View<const int64_t> start, View<int64_t> end, View<int32_t> indices, View<const bool> members) {
    for (int64_t v = 0; v < start.n; v++) {
        if (!members[v]) continue;
        int64_t kept = start[v];
        for (int64_t i = start[v]; i < end[v]; i++)
            if (!members[indices[i]]) indices[kept++] = indices[i];
        end[v] = kept;
    }
}

// The weighted degree of v: each edge weighs what its two ends carry.
static inline int64_t degree_of(const Weighted &graph, int64_t v) {
    int64_t begin = graph.start[v], end = graph.end[v], light = graph.light;
    int64_t d = graph.carried(v) * (end - begin);
    for (int64_t i = begin; i < end; i++) {
        int64_t u = graph.indices[i];
        if (u >= light) d += graph.weight[u - light];
    }
    return d;
}

// Drop nodes until every degree reaches the density of what is left and ``floor``. The degree of a node dropped is -1.
static void density_core(Call &call, Weighted graph, int64_t floor) {
    View<int64_t> degree = call.make<int64_t>(graph.n);
    View<int32_t> nodes = call.make<int32_t>(graph.n);
    int64_t inside = 0, left = 0;
    for (int64_t v = 0; v < graph.n; v++) {
        int64_t d = degree_of(graph, v);
        inside += d;
        // A node without edges is left out from the start: greedy would take it first.
        degree[v] = graph.end[v] > graph.start[v] ? d : -1;
        if (degree[v] >= 0) nodes[left++] = (int32_t)v;
    }
    inside = floor_divide(inside, 2);
    // Degrees only fall, so a node falls below the bar once and the stack contains each once at most.
    View<int32_t> stack = call.make<int32_t>(left);
    while (left > 0) {
        int64_t bar = max(floor, -floor_divide(-inside, left)), top = 0;
        for (int64_t k = 0; k < left; k++)
            if (degree[nodes[k]] < bar) stack[top++] = nodes[k];
        if (!top) break;
        while (top > 0) {
            int64_t v = stack[--top], own = graph.carried(v);
            inside -= degree[v];
            degree[v] = -1;
            for (int64_t i = graph.start[v]; i < graph.end[v]; i++) {
                int32_t u = graph.indices[i];
                int64_t before = degree[u];
                if (before < 0) continue;
                int64_t after = before - own - graph.carried(u);
                degree[u] = after;
                if (after < bar && bar <= before) stack[top++] = u;
            }
        }
        int64_t kept = 0;
        for (int64_t k = 0; k < left; k++)
            if (degree[nodes[k]] >= 0) nodes[kept++] = nodes[k];
        left = kept;
    }
    call.give(nodes, left);
}

// The neighbours of ``nodes`` among themselves, renumbered by their position.
static void restrict_to(Call &call, Rows graph, View<const int32_t> nodes) {
    View<int32_t> position = call.full<int32_t>(graph.n, -1);
    for (int64_t k = 0; k < nodes.n; k++) {
        if (k && nodes[k] <= nodes[k - 1]) call.fail(1, "`nodes`: they do not ascend");
        position[nodes[k]] = (int32_t)k;
    }
    View<int64_t> indptr = call.make<int64_t>(nodes.n + 1);
    indptr[0] = 0;
    for (int64_t k = 0; k < nodes.n; k++) {
        int64_t found = 0;
        for (int64_t i = graph.start[nodes[k]]; i < graph.end[nodes[k]]; i++) found += position[graph.indices[i]] >= 0;
        indptr[k + 1] = indptr[k] + found;
    }
    View<int32_t> out = call.make<int32_t>(indptr[nodes.n]);
    int64_t filled = 0;
    for (int64_t k = 0; k < nodes.n; k++)
        for (int64_t i = graph.start[nodes[k]]; i < graph.end[nodes[k]]; i++) {
            int32_t u = position[graph.indices[i]];
            if (u >= 0) out[filled++] = u;
        }
    call.give(indptr);
    call.give(out);
}

// Whether inside / size > than_inside / than_size, without overflow: whole parts first, then remainders below the sizes.
static bool denser(int64_t inside, int64_t size, int64_t than_inside, int64_t than_size) {
    int64_t whole = floor_divide(inside, size), other = floor_divide(than_inside, than_size);
    if (whole != other) return whole > other;
    return (inside - whole * size) * than_size > (than_inside - other * than_size) * size;
}

// Peel by (load + degree), all ties of the least at once; fill the batch of each node and add its degree when taken to its load. An edge
// inside a batch counts half for either end, so weights must be even where loads matter.
static void greedy(Call &call, Weighted graph, View<int64_t> load, View<int32_t> batch) {
    int64_t n = graph.n, inside = 0;
    View<int64_t> key = call.make<int64_t>(n);
    View<int32_t> heap = call.make<int32_t>(n), at = call.make<int32_t>(n), taken = call.make<int32_t>(n);
    for (int64_t v = 0; v < n; v++) {
        int64_t d = degree_of(graph, v);
        key[v] = load[v] + d;
        inside += d;
        heap[v] = at[v] = (int32_t)v;
        batch[v] = -1;
    }
    inside = floor_divide(inside, 2);
    for (int64_t i = n / 2 - 1; i >= 0; i--) sift_down(heap, at, key, i, n);
    int64_t size = n, best = 0, best_inside = inside, best_size = n;
    int32_t number = 0;
    while (size > 0) {
        int64_t least = key[heap[0]], ties = 0;
        while (size > 0 && key[heap[0]] == least) {
            int32_t v = heap[0];
            taken[ties++] = v;
            batch[v] = number;
            if (--size > 0) {
                heap[0] = heap[size];
                at[heap[0]] = 0;
                sift_down(heap, at, key, 0, size);
            }
        }
        int64_t within = 0;
        for (int64_t k = 0; k < ties; k++) {
            int64_t v = taken[k], own = graph.carried(v), charge = 0, half = 0;
            for (int64_t i = graph.start[v]; i < graph.end[v]; i++) {
                int32_t u = graph.indices[i];
                if (batch[u] == -1) {
                    int64_t w = own + graph.carried(u);
                    charge += w;
                    key[u] -= w;
                    sift_up(heap, at, key, at[u]);
                } else if (batch[u] == number) {
                    half += own + graph.carried(u);
                }
            }
            inside -= charge;
            within += half;
            load[v] += charge + floor_divide(half, 2);
        }
        inside -= floor_divide(within, 2);
        number++;
        if (size > 0 && denser(inside, size, best_inside, best_size)) {
            best = number;
            best_inside = inside;
            best_size = size;
        }
    }
    call.give(best);
    call.give(best_inside);
    call.give(best_size);
}

}  // namespace collusion::peel

KERNEL(cut_edges) {
    Rows rows;
    rows.start = call.array<int64_t>("start");
    rows.n = rows.start.n;
    View<int64_t> end = call.output<int64_t>("end", rows.n);
    View<int32_t> indices = call.output<int32_t>("indices");
    View<const bool> members = call.array<bool>("members", rows.n);
    rows.end = end;
    rows.indices = indices;
    check_rows(call, rows);
    peel::cut(rows.start, end, indices, members);
}

KERNEL(density_core) {
    Weighted graph = take_weighted(call);
    peel::density_core(call, graph, call.integer("floor"));
}

KERNEL(restrict_graph) {
    Rows graph = take_rows(call);
    View<const int32_t> nodes = call.array<int32_t>("nodes");
    call.below("nodes", nodes, graph.n);
    peel::restrict_to(call, graph, nodes);
}

KERNEL(peel_greedily) {
    Weighted graph = take_weighted(call);
    View<int64_t> load = call.output<int64_t>("load", graph.n);
    View<int32_t> batch = call.output<int32_t>("batch", graph.n);
    peel::greedy(call, graph, load, batch);
}
