// Colours of nodes, refined by those around them (Weisfeiler-Lehman), and orders by colour.
#include "base.hpp"
#include "hash.hpp"

namespace collusion::refine {

// Edges that are prefetched ahead, so that the waits for memory overlap.
constexpr int64_t AHEAD = 32;
// More would distinguish nothing in graphs of this size.
constexpr int64_t MAX_ROUNDS = 1 << 16;

template <class E>
static void refine(View<const int32_t> a, View<const int32_t> b, View<const E> edge, View<uint64_t> colour, View<uint64_t> seen) {
    for (int64_t v = 0; v < seen.n; v++) seen.data[v] = 0;
    uint64_t *own = colour.data, *around = seen.data;
    int64_t last = a.n - 1;
    for (int64_t i = 0; i < a.n; i++) {
        int64_t ahead = min(i + AHEAD, last);
        int32_t u = a.data[ahead], v = b.data[ahead];
        prefetch(own + u);
        prefetch(around + u);
        prefetch(own + v);
        prefetch(around + v);
        u = a.data[i];
        v = b.data[i];
        // A sum modulo 2**64 is the same in any order the edges come.
        uint64_t value = (uint64_t)(int64_t)edge.data[i], to_u = mix64(own[v] ^ value), to_v = mix64(own[u] ^ value);
        around[u] += to_u;
        around[v] += to_v;
    }
    for (int64_t v = 0; v < seen.n; v++) own[v] = mix64(mix64(own[v]) ^ around[v]);
}

// Fill ``order`` with the nodes by colour, those of one colour by name. ``start`` counts the colours by their highest bits, from 1 on.
static void order(View<const uint64_t> colours, int shift, View<int32_t> start, int32_t *order) {
    const uint64_t *colour = colours.data;
    for (int64_t v = 0; v < colours.n; v++) start[(int64_t)(colour[v] >> shift) + 1]++;
    for (int64_t k = 1; k < start.n; k++) start[k] += start[k - 1];
    for (int64_t v = 0; v < colours.n; v++) order[start[(int64_t)(colour[v] >> shift)]++] = (int32_t)v;
    // Now start[k] is where bucket k ends. Shell's sort, by colour and then by name, of what a bucket contains.
    int64_t first = 0;
    for (int64_t k = 0; k < start.n - 1; k++) {
        int64_t last = start[k], gap = 1;
        while (3 * gap + 1 < last - first) gap = 3 * gap + 1;
        for (; gap > 0; gap /= 3) {
            for (int64_t i = first + gap; i < last; i++) {
                int32_t v = order[i];
                int64_t j = i;
                while (j >= first + gap) {
                    int32_t u = order[j - gap];
                    if (!(colour[u] > colour[v] || (colour[u] == colour[v] && u > v))) break;
                    order[j] = u;
                    j -= gap;
                }
                order[j] = v;
            }
        }
        first = last;
    }
}

static void depth_first(Call &call, View<const int64_t> indptr, View<const int32_t> neighbour, View<const int32_t> start,
                        View<int32_t> order) {
    int64_t n = indptr.n - 1, filled = 0;
    View<uint8_t> placed = call.zeros<uint8_t>(n);
    View<int64_t> cursor = call.make<int64_t>(n);
    for (int64_t v = 0; v < n; v++) cursor[v] = indptr[v];
    View<int32_t> stack = call.make<int32_t>(n);
    for (int32_t s : start) {
        if (placed[s]) continue;
        placed[s] = 1;
        order[filled++] = s;
        stack[0] = s;
        int64_t top = 1;
        while (top > 0) {
            int32_t v = stack[top - 1];
            if (cursor[v] == indptr[v + 1]) {
                top--;
                continue;
            }
            int32_t w = neighbour[cursor[v]++];
            if (!placed[w]) {
                placed[w] = 1;
                order[filled++] = w;
                stack[top++] = w;
            }
        }
    }
    if (filled < n) call.fail(1, "`start`: %lld of %lld nodes cannot be reached from it", (long long)(n - filled), (long long)n);
}

}  // namespace collusion::refine

KERNEL(combine_hashes) {
    View<uint64_t> out = call.output<uint64_t>("out");
    View<const uint64_t> column = call.array<uint64_t>("column", out.n);
    for (int64_t i = 0; i < out.n; i++) out.data[i] = mix64(out.data[i] ^ mix64(column.data[i]));
}

KERNEL(refine_colours) {
    View<const int32_t> a = call.array<int32_t>("a"), b = call.array<int32_t>("b", a.n);
    Array &edge = call.any("edge_colour", a.n);
    View<uint64_t> colour = call.output<uint64_t>("colour"), seen = call.output<uint64_t>("seen", colour.n);
    int64_t rounds = call.integer("rounds", 0, refine::MAX_ROUNDS);
    call.below("a", a, colour.n);
    call.below("b", b, colour.n);
    call.with<uint8_t, int32_t, int64_t, uint64_t>("edge_colour", edge, [&](auto own) {
        for (int64_t k = 0; k < rounds; k++) refine::refine(a, b, own, colour, seen);
    });
}

KERNEL(order_of_colours) {
    View<const uint64_t> colour = call.array<uint64_t>("colour");
    View<int32_t> order = call.output<int32_t>("order", colour.n);
    if (colour.n > INT32_MAX) call.fail(1, "`colour`: more than %d nodes", INT32_MAX);
    int bits = 1;
    while ((int64_t)1 << bits <= colour.n) bits++;
    refine::order(colour, 64 - bits, call.zeros<int32_t>(((int64_t)1 << bits) + 1), order.data);
}

KERNEL(depth_first) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> neighbour = call.array<int32_t>("neighbour"), start = call.array<int32_t>("start");
    if (!indptr.n) call.fail(1, "`indptr`: expected at least one entry, got none");
    View<int32_t> order = call.output<int32_t>("order", indptr.n - 1);
    call.rows("indptr", indptr, neighbour.n);
    call.below("neighbour", neighbour, indptr.n - 1);
    call.below("start", start, indptr.n - 1);
    refine::depth_first(call, indptr, neighbour, start, order);
}
