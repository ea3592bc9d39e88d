// Compressed sparse rows by counting sort.
#include "base.hpp"

namespace collusion::csr {

// Entries that are prefetched ahead; twice and three times as many for the indices that lead there.
constexpr int64_t AHEAD = 16;

// Turn the counts in ``indptr[1:]`` into the starts of the rows; return how many entries there are.
static int64_t starts(int64_t *indptr, int64_t n) {
    for (int64_t k = 1; k < n; k++) indptr[k] += indptr[k - 1];
    return indptr[n - 1];
}

// Undo that each start was moved to the end of its row, which is the start of the next.
static void restore(int64_t *indptr, int64_t n) {
    for (int64_t k = n - 1; k > 0; k--) indptr[k] = indptr[k - 1];
    indptr[0] = 0;
}

template <bool some> static void group(Call &call, View<const int32_t> keys, const bool *among, View<int64_t> rows, View<int32_t> out) {
    const int32_t *key = keys.data;
    int64_t *indptr = rows.data, n = keys.n, last = n - 1;
    memset(indptr, 0, (size_t)rows.n * sizeof(int64_t));
    for (int64_t i = 0; i < n; i++) {
        prefetch(indptr + key[min(i + AHEAD, last)] + 1);
        if (!some || among[i]) indptr[key[i] + 1]++;
    }
    int64_t total = starts(indptr, rows.n);
    if (total != out.n) call.fail(1, "`out`: expected %lld entries, got %lld", (long long)total, (long long)out.n);
    // indptr[k] serves as the write cursor of key k.
    for (int64_t i = 0; i < n; i++) {
        prefetch(indptr + key[min(i + 2 * AHEAD, last)]);
        prefetch(out, indptr[key[min(i + AHEAD, last)]]);
        if (!some || among[i]) out.data[indptr[key[i]]++] = (int32_t)i;
    }
    restore(indptr, rows.n);
}

// Sort each row by neighbour, in position (Shell's sort: rows are short).
template <class W> static void sort_rows(View<const int64_t> indptr, int32_t *other, W *weight) {
    for (int64_t v = 0; v < indptr.n - 1; v++) {
        int64_t first = indptr.data[v], last = indptr.data[v + 1], gap = 1;
        while (3 * gap + 1 < last - first) gap = 3 * gap + 1;
        for (; gap > 0; gap /= 3) {
            for (int64_t i = first + gap; i < last; i++) {
                int32_t u = other[i];
                W w = weight[i];
                int64_t j = i;
                while (j >= first + gap && other[j - gap] > u) {
                    other[j] = other[j - gap];
                    weight[j] = weight[j - gap];
                    j -= gap;
                }
                other[j] = u;
                weight[j] = w;
            }
        }
    }
}

// The ends of edges on one side, and where they lead.
struct Side {
    const int32_t *position, *end;
    const int64_t *indptr;
    int64_t last;

    int32_t node(int64_t i) const { return position[end[min(i, last)]]; }
    void ask_for_rows(int64_t i) const {
        prefetch(position + end[min(i + 2 * AHEAD, last)]);
        prefetch(indptr + node(i + AHEAD));
    }
    template <class W> void ask_for_cells(int64_t i, const int32_t *other, const W *out) const {
        ask_for_rows(i + AHEAD);
        int64_t at = indptr[node(i + AHEAD)];
        prefetch(other + at);
        prefetch(out + at);
    }
};

template <class W>
static int64_t rows(View<const int32_t> position, View<const int32_t> a, View<const int32_t> b, View<const W> weight, View<int64_t> rows,
                    int32_t *other, Array &weights) {
    int64_t *indptr = rows.data;
    W *out = (W *)weights.data;
    memset(indptr, 0, (size_t)rows.n * sizeof(int64_t));
    Side one{position.data, a.data, indptr, a.n - 1}, two{position.data, b.data, indptr, a.n - 1};
    for (int64_t i = 0; i < a.n; i++) {
        one.ask_for_rows(i);
        two.ask_for_rows(i);
        if (a.data[i] != b.data[i]) {
            indptr[one.node(i) + 1]++;
            indptr[two.node(i) + 1]++;
        }
    }
    starts(indptr, rows.n);
    for (int64_t i = 0; i < a.n; i++) {
        one.ask_for_cells(i, other, out);
        two.ask_for_cells(i, other, out);
        if (a.data[i] != b.data[i]) {
            int32_t u = one.node(i), v = two.node(i);
            int64_t at = indptr[u]++;
            other[at] = v;
            out[at] = weight.data[i];
            at = indptr[v]++;
            other[at] = u;
            out[at] = weight.data[i];
        }
    }
    restore(indptr, rows.n);
    sort_rows<W>(rows, other, out);
    return indptr[rows.n - 1];
}

}  // namespace collusion::csr

KERNEL(group_by) {
    View<const int32_t> key = call.array<int32_t>("key");
    View<const bool> among = call.array<bool>("among");
    View<int64_t> indptr = call.output<int64_t>("indptr");
    View<int32_t> out = call.output<int32_t>("out");
    if (!indptr.n) call.fail(1, "`indptr`: expected at least one entry, got none");
    if (among.n && among.n != key.n) call.fail(1, "`among`: expected %lld entries or none, got %lld", (long long)key.n, (long long)among.n);
    if (key.n > INT32_MAX) call.fail(1, "`key`: more than %d entries", INT32_MAX);
    call.below("key", key, indptr.n - 1);
    if (among.n)
        csr::group<true>(call, key, among.data, indptr, out);
    else
        csr::group<false>(call, key, nullptr, indptr, out);
}

KERNEL(graph_rows) {
    View<const int32_t> position = call.array<int32_t>("position"), a = call.array<int32_t>("a"), b = call.array<int32_t>("b", a.n);
    Array &weights = call.any("weight", a.n);
    View<int64_t> indptr = call.output<int64_t>("indptr", position.n + 1);
    View<int32_t> other = call.output<int32_t>("other", 2 * a.n);
    Array &out = call.writeable("out", call.any("out", 2 * a.n));
    call.below("position", position, position.n);
    call.below("a", a, position.n);
    call.below("b", b, position.n);
    if (out.type != weights.type) call.fail(2, "`out`: expected %s, as the weights, got %s", name_of(weights.type), name_of(out.type));
    call.with<uint8_t, int32_t, int64_t>("weight", weights, [&](auto weight) {
        call.give(csr::rows(position, a, b, weight, indptr, other.data, out));
    });
}

KERNEL(edge_strengths) {
    View<const int32_t> a = call.array<int32_t>("a"), b = call.array<int32_t>("b", a.n);
    Array &weights = call.any("weight", a.n);
    View<int64_t> out = call.output<int64_t>("out");
    call.below("a", a, out.n);
    call.below("b", b, out.n);
    call.with<int32_t, int64_t>("weight", weights, [&](auto weight) {
        for (int64_t i = 0; i < a.n; i++) {
            out[a[i]] += (int64_t)weight[i];
            out[b[i]] += (int64_t)weight[i];
        }
    });
}
