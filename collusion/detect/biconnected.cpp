// Biconnected components by depth-first search with a stack of edges (Hopcroft and Tarjan), without recursion.
#include "../kernels/base.hpp"

namespace collusion::biconnected {

static void label_edges(Call &call, View<const int64_t> indptr, View<const int32_t> ends, View<const int32_t> a, View<const int32_t> b) {
    int64_t n = indptr.n - 1, m = a.n, count = 0, top = 0;
    View<int32_t> depth = call.full<int32_t>(n, -1), low = call.make<int32_t>(n), via = call.make<int32_t>(n), path = call.make<int32_t>(n);
    View<int64_t> at = call.make<int64_t>(n), label = call.full<int64_t>(m, -1);
    View<int32_t> open = call.make<int32_t>(m);
    View<bool> stacked = call.zeros<bool>(m);
    for (int64_t root = 0; root < n; root++) {
        if (depth[root] >= 0) continue;
        depth[root] = low[root] = 0;
        at[root] = indptr[root];
        path[0] = (int32_t)root;
        int64_t length = 1;
        while (length > 0) {
            int32_t u = path[length - 1];
            if (at[u] < indptr[u + 1]) {
                // An edge is at its own position and m later, once for either end.
                int32_t end = ends[at[u]++], e = (int32_t)(end < m ? end : end - m);
                if (stacked[e]) continue;
                stacked[e] = true;
                open[top++] = e;
                int32_t v = a[e] == u ? b[e] : a[e];
                if (depth[v] < 0) {
                    depth[v] = low[v] = depth[u] + 1;
                    at[v] = indptr[v];
                    via[v] = e;
                    path[length++] = v;
                } else {
                    low[u] = min(low[u], depth[v]);
                }
                continue;
            }
            if (--length == 0) continue;
            int32_t parent = path[length - 1];
            low[parent] = min(low[parent], low[u]);
            if (low[u] < depth[parent]) continue;
            // The edge that led to u is still open: since then only edges after it were closed.
            int32_t e;
            do {
                e = open[--top];
                label[e] = count;
            } while (e != via[u]);
            count++;
        }
    }
    call.give(count);
    call.give(label);
}

}  // namespace collusion::biconnected

KERNEL(biconnected_components) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> ends = call.array<int32_t>("ends");
    View<const int32_t> a = call.array<int32_t>("a");
    View<const int32_t> b = call.array<int32_t>("b", a.n);
    call.rows("indptr", indptr, ends.n);
    if (indptr.n - 1 > INT32_MAX || a.n > INT32_MAX / 2) call.fail(1, "`indptr` or `a`: more than 32 bits hold");
    call.below("ends", ends, 2 * a.n);
    call.below("a", a, indptr.n - 1);
    call.below("b", b, indptr.n - 1);
    biconnected::label_edges(call, indptr, ends, a, b);
}
