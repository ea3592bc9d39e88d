// The largest set in which every node keeps at least its own number of neighbours.
#include "../kernels/base.hpp"
#include "adjacency.hpp"

namespace collusion::degree_core {

static void peel(Call &call, Rows graph, View<const int64_t> least, View<int64_t> degree) {
    View<int32_t> stack = call.make<int32_t>(graph.n);
    int64_t top = 0;
    for (int64_t v = 0; v < graph.n; v++)
        if (degree[v] >= 0 && degree[v] < least[v]) {
            degree[v] = -1;
            stack[top++] = (int32_t)v;
        }
    while (top > 0) {
        int64_t v = stack[--top];
        for (int64_t i = graph.start[v]; i < graph.end[v]; i++) {
            int32_t u = graph.indices[i];
            if (degree[u] < 0) continue;
            degree[u]--;
            if (degree[u] < least[u]) {
                degree[u] = -1;
                stack[top++] = u;
            }
        }
    }
}

}  // namespace collusion::degree_core

KERNEL(degree_core) {
    Rows graph = take_rows(call);
    View<const int64_t> least = call.array<int64_t>("least", graph.n);
    View<int64_t> degree = call.output<int64_t>("degree", graph.n);
    degree_core::peel(call, graph, least, degree);
}
