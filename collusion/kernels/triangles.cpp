// Triangles of an undirected graph.
#include "base.hpp"

namespace collusion::triangles {

struct Rows {
    View<int64_t> indptr;
    View<int32_t> neighbour;
};

// Number the nodes by degree, those of equal degree in their order: the nodes by number, and the number of each.
static void number(Call &call, View<const int64_t> indptr, View<int32_t> node, View<int32_t> rank) {
    int64_t largest = 0;
    for (int64_t v = 0; v < node.n; v++) largest = max(largest, indptr[v + 1] - indptr[v]);
    View<int32_t> next = call.zeros<int32_t>(largest + 2);
    for (int64_t v = 0; v < node.n; v++) next[indptr[v + 1] - indptr[v] + 1]++;
    for (int64_t d = 0; d <= largest; d++) next[d + 1] += next[d];
    for (int64_t v = 0; v < node.n; v++) {
        int32_t &at = next[indptr[v + 1] - indptr[v]];
        rank[v] = at;
        node[at++] = (int32_t)v;
    }
    call.release(next);
}

// List of each node, by number, the neighbours of higher number.
static Rows upward(Call &call, View<const int64_t> indptr, View<const int32_t> neighbour, View<const int32_t> node,
                   View<const int32_t> rank) {
    Rows up{call.zeros<int64_t>(node.n + 1), call.make<int32_t>(neighbour.n / 2)};
    int64_t n = 0;
    for (int64_t r = 0; r < node.n; r++) {
        int32_t v = node[r];
        for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) {
            int32_t other = rank[neighbour[e]];
            if (other <= r) continue;
            if (n == up.neighbour.n) call.fail(1, "`neighbour`: an edge is listed at one of its ends alone");
            up.neighbour[n++] = other;
        }
        up.indptr[r + 1] = n;
    }
    return up;
}

static void count(Call &call, const Rows &up, View<int64_t> triangles) {
    View<uint8_t> seen = call.zeros<uint8_t>(triangles.n);
    const int32_t *neighbour = up.neighbour.data;
    for (int64_t u = 0; u < triangles.n; u++) {
        int64_t first = up.indptr[u], last = up.indptr[u + 1];
        for (int64_t e = first; e < last; e++) seen.data[neighbour[e]] = 1;
        for (int64_t e = first; e < last; e++) {
            int32_t v = neighbour[e];
            int64_t closed = 0;
            for (int64_t f = up.indptr[v]; f < up.indptr[v + 1]; f++) {
                // No branch: whether a pair is an edge cannot be foretold.
                int64_t hit = seen.data[neighbour[f]];
                closed += hit;
                triangles.data[neighbour[f]] += hit;
            }
            triangles[u] += closed;
            triangles[v] += closed;
        }
        for (int64_t e = first; e < last; e++) seen.data[neighbour[e]] = 0;
    }
}

}  // namespace collusion::triangles

KERNEL(count_triangles) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> neighbour = call.array<int32_t>("neighbour");
    call.rows("indptr", indptr, neighbour.n);
    int64_t n = indptr.n - 1;
    if (n > INT32_MAX) call.fail(1, "`indptr`: more nodes than 32 bits number");
    call.below("neighbour", neighbour, n);
    View<int32_t> node = call.make<int32_t>(n), rank = call.make<int32_t>(n);
    triangles::number(call, indptr, node, rank);
    triangles::Rows up = triangles::upward(call, indptr, neighbour, node, rank);
    View<int64_t> by_rank = call.zeros<int64_t>(n), out = call.make<int64_t>(n);
    triangles::count(call, up, by_rank);
    for (int64_t v = 0; v < n; v++) out[v] = by_rank[rank[v]];
    call.give(out);
}
