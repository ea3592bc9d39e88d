// Maximum flow in 64-bit integers, for the densest subgraph (see `flow.py`).
#include "../kernels/base.hpp"
#include "adjacency.hpp"

namespace collusion::flow {

// Work for a node that is relabelled, in arcs that are looked at.
constexpr int64_t RELABEL = 12;
// All that flows together stays below, so that no sum overflows.
constexpr int64_t MAX_CAPACITY = (int64_t)1 << 62;

struct Network {
    View<const int64_t> indptr;
    View<const int32_t> head;
    View<const int64_t> other;
};

// Lay out the arcs so that both arcs of an edge know each other.
static void lay_out(Call &call, Weighted graph) {
    int64_t n = graph.n;
    View<int64_t> indptr = call.make<int64_t>(n + 1), cursor = call.make<int64_t>(n);
    indptr[0] = 0;
    for (int64_t v = 0; v < n; v++) {
        cursor[v] = indptr[v];
        indptr[v + 1] = indptr[v] + graph.end[v] - graph.start[v];
    }
    View<int32_t> head = call.make<int32_t>(indptr[n]);
    View<int64_t> other = call.make<int64_t>(indptr[n]), capacity = call.make<int64_t>(indptr[n]);
    int64_t laid = 0;
    for (int64_t v = 0; v < n; v++) {
        int64_t own = graph.carried(v);
        for (int64_t i = graph.start[v]; i < graph.end[v]; i++) {
            int32_t u = graph.indices[i];
            if (v >= u) continue;
            int64_t a = cursor[v]++, b = cursor[u]++;
            if (a >= indptr[v + 1] || b >= indptr[u + 1]) call.fail(1, "`indices`: an edge is not in the rows of both its ends");
            head[a] = u;
            head[b] = (int32_t)v;
            other[a] = b;
            other[b] = a;
            capacity[a] = capacity[b] = own + graph.carried(u);
            laid += 2;
        }
    }
    if (laid != indptr[n]) call.fail(1, "`indices`: a loop, or an edge that is not in the rows of both its ends");
    call.give(indptr);
    call.give(head);
    call.give(other);
    call.give(capacity);
}

// Set each height to the number of residual arcs to the sink, n + 1 where there is no way.
static void distances(const Network &net, View<const int64_t> rest, View<const int64_t> sink, View<int64_t> height, View<int32_t> queue) {
    int64_t n = height.n, filled = 0, done = 0;
    for (int64_t v = 0; v < n; v++) {
        height[v] = n + 1;
        if (sink[v] <= 0) continue;
        height[v] = 1;
        queue[filled++] = (int32_t)v;
    }
    while (done < filled) {
        int64_t v = queue[done++];
        for (int64_t a = net.indptr[v]; a < net.indptr[v + 1]; a++) {
            int32_t u = net.head[a];
            if (height[u] > n && rest[net.other[a]] > 0) {
                height[u] = height[v] + 1;
                queue[filled++] = u;
            }
        }
    }
}

// First phase of push-relabel: first in, first out; heights made exact now and then.
static void maximum_flow(Call &call, Network net, View<int64_t> rest, View<int64_t> excess, View<int64_t> sink) {
    int64_t n = excess.n;
    View<int64_t> height = call.make<int64_t>(n), current = call.make<int64_t>(n);
    View<int32_t> queue = call.make<int32_t>(n), line = call.make<int32_t>(n);
    View<bool> waiting = call.zeros<bool>(n);
    distances(net, rest, sink, height, queue);
    int64_t first = 0, count = 0, work = 0, refresh = 4 * n + net.head.n;
    for (int64_t v = 0; v < n; v++) {
        current[v] = net.indptr[v];
        if (excess[v] > 0 && height[v] <= n) {
            line[count++] = (int32_t)v;
            waiting[v] = true;
        }
    }
    while (count > 0) {
        int64_t v = line[first], begin = net.indptr[v], end = net.indptr[v + 1];
        if (++first == n) first = 0;
        count--;
        waiting[v] = false;
        while (excess[v] > 0 && height[v] <= n) {
            if (sink[v] > 0) {
                // A node that still reaches the sink directly is at height 1, so this arc is always admissible.
                int64_t sent = min(excess[v], sink[v]);
                excess[v] -= sent;
                sink[v] -= sent;
                continue;
            }
            if (current[v] == end) {
                int64_t lowest = n + 1;
                for (int64_t a = begin; a < end; a++)
                    if (rest[a] > 0) lowest = min(lowest, height[net.head[a]] + 1);
                work += end - begin + RELABEL;
                height[v] = lowest;
                current[v] = begin;
                continue;
            }
            int64_t a = current[v];
            int32_t u = net.head[a];
            if (rest[a] > 0 && height[v] == height[u] + 1) {
                int64_t sent = min(excess[v], rest[a]);
                rest[a] -= sent;
                rest[net.other[a]] += sent;
                excess[v] -= sent;
                excess[u] += sent;
                if (!waiting[u] && height[u] <= n) {
                    int64_t last = first + count;
                    line[last >= n ? last - n : last] = u;
                    count++;
                    waiting[u] = true;
                }
            } else {
                current[v]++;
            }
        }
        if (work > refresh) {
            work = 0;
            distances(net, rest, sink, height, queue);
            for (int64_t u = 0; u < n; u++) current[u] = net.indptr[u];
        }
    }
    distances(net, rest, sink, height, queue);
    call.give(height);
}

// The method ends only in a network: each arc has one back, nothing that flows is negative, and no sum overflows.
static void check(Call &call, const Network &net, View<const int64_t> rest, View<const int64_t> excess, View<const int64_t> sink) {
    int64_t m = net.head.n, wrong = 0;
    if (net.indptr[0] != 0 || net.indptr[excess.n] != m) call.fail(1, "`indptr`: an arc is in no row");
    call.within("rest", rest, 0, MAX_CAPACITY);
    call.within("sink", sink, 0, MAX_CAPACITY);
    call.within("excess", excess, 0, MAX_CAPACITY);
    int64_t all = 0;
    for (int64_t v = 0; v < excess.n; v++) {
        all += excess[v];
        if (all >= MAX_CAPACITY) call.fail(1, "`excess`: more than %lld together", (long long)MAX_CAPACITY);
        for (int64_t a = net.indptr[v]; a < net.indptr[v + 1]; a++) {
            int64_t b = net.other[a];
            wrong += b == a || net.other[b] != a || net.head[b] != v;
        }
    }
    if (wrong) call.fail(1, "`other`: %lld arcs have none back", (long long)wrong);
}

static int64_t weight_inside(View<const int64_t> indptr, View<const int32_t> head, View<const int64_t> capacity, View<const bool> members) {
    int64_t total = 0;
    for (int64_t v = 0; v < members.n; v++) {
        if (!members[v]) continue;
        for (int64_t a = indptr[v]; a < indptr[v + 1]; a++)
            if (members[head[a]]) total += capacity[a];
    }
    return floor_divide(total, 2);
}

}  // namespace collusion::flow

KERNEL(lay_out_arcs) {
    Weighted graph = take_weighted(call);
    flow::lay_out(call, graph);
}

KERNEL(maximum_flow) {
    flow::Network net;
    net.indptr = call.array<int64_t>("indptr");
    int64_t n = net.indptr.n - 1;
    net.head = call.array<int32_t>("head");
    net.other = call.array<int64_t>("other", net.head.n);
    call.rows("indptr", net.indptr, net.head.n);
    if (n > INT32_MAX) call.fail(1, "`indptr`: more than %d nodes", INT32_MAX);
    call.below("head", net.head, n);
    call.below("other", net.other, net.head.n);
    View<int64_t> rest = call.output<int64_t>("rest", net.head.n);
    View<int64_t> excess = call.output<int64_t>("excess", n);
    View<int64_t> sink = call.output<int64_t>("sink", n);
    flow::check(call, net, rest, excess, sink);
    flow::maximum_flow(call, net, rest, excess, sink);
}

KERNEL(weight_inside) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> head = call.array<int32_t>("head");
    View<const int64_t> capacity = call.array<int64_t>("capacity", head.n);
    View<const bool> members = call.array<bool>("members", max<int64_t>(indptr.n - 1, 0));
    call.rows("indptr", indptr, head.n);
    call.below("head", head, members.n);
    call.give(flow::weight_inside(indptr, head, capacity, members));
}
