// Greedy peeling of communities of an undirected graph with integer edge weights.
#include "base.hpp"
#include "heap.hpp"

namespace collusion::pair_peel {

// Row u contains the ties of node u.
template <class Weight> struct Ties {
    View<const int64_t> indptr;
    View<const int32_t> other;
    View<const Weight> weight;

    Ties(View<const int64_t> indptr, View<const int32_t> other, View<const Weight> weight) : indptr(indptr), other(other), weight(weight) {}
};

struct Peel {
    View<bool> alive;
    View<int64_t> degree;
    View<int32_t> gone_at;  // the batch in which a node leaves, -1: never
    View<int32_t> position;    // in the heap, -1 for a node that was in none
    View<int32_t> heap, gone;
};

// Tell when each active node leaves; return from which batch on the densest suffix begins. All nodes of the smallest weighted degree leave
// as one batch, so the names of the nodes do not matter. Half-approximation of the densest subgraph (Charikar 2000). O((nodes + edges) log
// nodes), by a heap.
template <class Weight> static int64_t peel(Call &call, View<const int32_t> active, const Ties<Weight> &ties, Peel &in) {
    auto [alive, degree, gone_at, position, heap, gone] = in;
    int64_t total = 0, left = active.n;
    for (int64_t k = 0; k < left; k++) {
        int32_t u = active[k];
        heap[k] = u;
        gone_at[u] = -1;
        position[u] = (int32_t)k;
        degree[u] = 0;
        for (int64_t e = ties.indptr[u]; e < ties.indptr[u + 1]; e++)
            if (alive[ties.other[e]]) degree[u] += ties.weight[e];
        total += degree[u];
    }
    total = floor_divide(total, 2);
    for (int64_t k = left / 2 - 1; k >= 0; k--) sift_down(heap, position, degree, k, left);
    int64_t batch = 0, best_total = total, best_left = left, best_batch = 0;
    while (left > 0) {
        const int64_t lowest = degree[heap[0]];
        int64_t n_gone = 0;
        while (left > 0 && degree[heap[0]] == lowest) {
            int32_t u = heap[0];
            gone_at[u] = (int32_t)batch;
            gone[n_gone++] = u;
            heap[0] = heap[--left];
            position[heap[0]] = 0;
            sift_down(heap, position, degree, 0, left);
        }
        for (int64_t k = 0; k < n_gone; k++) {
            int32_t u = gone[k];
            for (int64_t e = ties.indptr[u]; e < ties.indptr[u + 1]; e++) {
                int32_t v = ties.other[e];
                if (!alive[v]) continue;
                if (gone_at[v] < 0) {
                    if (position[v] < 0) call.fail(1, "`other`: a tie leads out of a group, or is not there both ways");
                    degree[v] -= ties.weight[e];
                    total -= ties.weight[e];
                    sift_up(heap, position, degree, position[v]);
                } else if (gone_at[v] == batch && v > u) {
                    total -= ties.weight[e];
                }
            }
        }
        batch++;
        // total / left > best_total / best_left, without division.
        if (left > 0 && total * best_left > best_total * left) {
            best_total = total;
            best_left = left;
            best_batch = batch;
        }
    }
    return best_batch;
}

template <class Weight>
static void densest_parts(Call &call, View<const int64_t> group_indptr, View<const int32_t> nodes, const Ties<Weight> &ties, int64_t at_least,
                          bool every) {
    const int64_t n = ties.indptr.n - 1;
    int64_t longest = 0;
    for (int64_t g = 0; g + 1 < group_indptr.n; g++) longest = max(longest, group_indptr[g + 1] - group_indptr[g]);
    Peel in{call.full<bool>(n, true),        call.make<int64_t>(n),      call.full<int32_t>(n, -1), call.full<int32_t>(n, -1),
            call.make<int32_t>(longest), call.make<int32_t>(longest)};
    View<int32_t> room = call.make<int32_t>(longest), out = call.make<int32_t>(n);
    Growing<int64_t> indptr(call, 64);
    indptr.push(0);
    int64_t filled = 0;
    for (int64_t g = 0; g + 1 < group_indptr.n; g++) {
        do {
            int64_t m = 0;
            for (int64_t k = group_indptr[g]; k < group_indptr[g + 1]; k++) {
                int32_t u = nodes[k];
                if (!in.alive[u]) continue;
                bool tied = false;
                for (int64_t e = ties.indptr[u]; e < ties.indptr[u + 1] && !tied; e++) tied = in.alive[ties.other[e]];
                if (tied) room[m++] = u;
            }
            if (m < at_least) break;
            View<int32_t> active = room.part(0, m);
            const int64_t batch = peel<Weight>(call, active, ties, in), first = filled;
            for (int32_t u : active) {
                if (in.gone_at[u] < batch) continue;
                if (filled == n) call.fail(1, "`nodes`: a node is in a group twice");
                out[filled++] = u;
            }
            for (int64_t k = first; k < filled; k++) in.alive[out[k]] = false;
            if (filled - first < at_least)
                filled = first;
            else
                indptr.push(filled);
        } while (every);
    }
    indptr.give();
    call.give(out, filled);
}

template <class Weight>
static void ties_inside(Call &call, View<const int32_t> a, View<const int32_t> b, View<const Weight> weight, View<const int32_t> community,
                        int64_t at_least) {
    const int64_t n = community.n;
    View<int64_t> size = call.zeros<int64_t>(n), indptr = call.zeros<int64_t>(n + 1);
    for (int32_t c : community) size[c]++;
    auto inside = [&](int64_t i) { return community[a[i]] == community[b[i]] && size[community[a[i]]] >= at_least; };
    for (int64_t i = 0; i < a.n; i++) {
        if (!inside(i)) continue;
        indptr[a[i] + 1]++;
        indptr[b[i] + 1]++;
    }
    for (int64_t u = 1; u <= n; u++) indptr[u] += indptr[u - 1];
    View<int32_t> other = call.make<int32_t>(indptr[n]);
    View<Weight> tie = call.make<Weight>(indptr[n]);
    for (int64_t i = 0; i < a.n; i++) {
        if (!inside(i)) continue;
        int64_t to = indptr[a[i]]++;
        other[to] = b[i];
        tie[to] = weight[i];
        to = indptr[b[i]]++;
        other[to] = a[i];
        tie[to] = weight[i];
    }
    // Each row's start is now where it ends.
    for (int64_t u = n; u > 0; u--) indptr[u] = indptr[u - 1];
    indptr[0] = 0;
    call.give(indptr);
    call.give(other);
    call.give(tie);
}

}  // namespace collusion::pair_peel

KERNEL(densest_parts) {
    auto group_indptr = call.array<int64_t>("group_indptr");
    auto nodes = call.array<int32_t>("nodes");
    auto indptr = call.array<int64_t>("indptr");
    auto other = call.array<int32_t>("other");
    Array &weight = call.any("weight", other.n);
    const int64_t at_least = call.integer("least", 1);
    const bool every = call.flag("every");
    call.rows("group_indptr", group_indptr, nodes.n);
    call.rows("indptr", indptr, other.n);
    call.below("nodes", nodes, indptr.n - 1);
    call.below("other", other, indptr.n - 1);
    call.with<uint8_t, int32_t, int64_t>("weight", weight, [&](auto weights) {
        pair_peel::densest_parts(call, group_indptr, nodes, pair_peel::Ties{indptr, other, weights}, at_least, every);
    });
}

KERNEL(two_core) {
    const int64_t n = call.integer("n", 0, INT32_MAX);
    auto a = call.array<int32_t>("a");
    auto b = call.array<int32_t>("b", a.n);
    call.below("a", a, n);
    call.below("b", b, n);
    View<bool> kept = call.full<bool>(a.n, true);
    View<int32_t> degree = call.zeros<int32_t>(n);
    // The exclusive or of a node's edges: of a node with one edge left, this is that edge.
    View<int64_t> edges = call.zeros<int64_t>(n);
    for (int64_t i = 0; i < a.n; i++) {
        degree[a[i]]++;
        degree[b[i]]++;
        edges[a[i]] ^= i;
        edges[b[i]] ^= i;
    }
    for (int64_t s = 0; s < n; s++) {
        int64_t v = s;
        while (degree[v] == 1) {
            int64_t i = edges[v];
            kept[i] = false;
            int64_t w = a[i] == v ? b[i] : a[i];
            degree[v] = 0;
            degree[w]--;
            edges[w] ^= i;
            v = w;
        }
    }
    call.give(kept);
}

KERNEL(number_ends) {
    const int64_t n = call.integer("n", 0, INT32_MAX);
    auto a = call.array<int32_t>("a");
    auto b = call.array<int32_t>("b", a.n);
    call.below("a", a, n);
    call.below("b", b, n);
    View<int32_t> name = call.full<int32_t>(n, -1), nodes = call.make<int32_t>(n);
    for (int64_t i = 0; i < a.n; i++) name.data[a.data[i]] = name.data[b.data[i]] = 0;
    int64_t count = 0;
    for (int64_t u = 0; u < n; u++) {
        if (name.data[u] < 0) continue;
        name.data[u] = (int32_t)count;
        nodes.data[count++] = (int32_t)u;
    }
    View<int32_t> one = call.make<int32_t>(a.n), other = call.make<int32_t>(a.n);
    for (int64_t i = 0; i < a.n; i++) {
        one[i] = name[a[i]];
        other[i] = name[b[i]];
    }
    call.give(nodes, count);
    call.give(one);
    call.give(other);
}

KERNEL(ties_inside) {
    auto a = call.array<int32_t>("a");
    auto b = call.array<int32_t>("b", a.n);
    Array &weight = call.any("weight", a.n);
    auto community = call.array<int32_t>("community");
    const int64_t at_least = call.integer("least");
    call.below("a", a, community.n);
    call.below("b", b, community.n);
    call.below("community", community, community.n);
    call.with<uint8_t, int32_t, int64_t>("weight", weight, [&](auto weights) {
        pair_peel::ties_inside(call, a, b, weights, community, at_least);
    });
}
