// Reviews by (product, time, reviewer): short sorts within products. And columns read in another order.
#include "base.hpp"

namespace collusion::columns {

// Entries that are sorted by insertion, before blocks are merged.
constexpr int64_t BLOCK = 16;
// Edges that are prefetched ahead.
constexpr int64_t AHEAD = 16;
// Turns the order of signed times into that of unsigned ones.
constexpr uint32_t SIGN = (uint32_t)1 << 31;

// Sort ``key[:n]`` and ``row`` with it: a stable merge sort that leaves what is in order alone, as most of a log by time is.
static void sort(uint64_t *key, int32_t *row, uint64_t *spare_key, int32_t *spare_row, int64_t n) {
    for (int64_t first = 0; first < n; first += BLOCK) {
        for (int64_t k = first + 1; k < min(first + BLOCK, n); k++) {
            uint64_t own = key[k];
            int32_t at = row[k];
            int64_t j = k;
            while (j > first && key[j - 1] > own) {
                key[j] = key[j - 1];
                row[j] = row[j - 1];
                j--;
            }
            key[j] = own;
            row[j] = at;
        }
    }
    for (int64_t width = BLOCK; width < n; width *= 2) {
        for (int64_t first = 0; first < n - width; first += 2 * width) {
            int64_t middle = first + width, last = min(first + 2 * width, n);
            if (key[middle - 1] <= key[middle]) continue;
            for (int64_t k = first; k < middle; k++) {
                spare_key[k] = key[k];
                spare_row[k] = row[k];
            }
            int64_t a = first, b = middle, to = first;
            while (a < middle) {
                if (b < last && key[b] < spare_key[a]) {
                    key[to] = key[b];
                    row[to] = row[b];
                    b++;
                } else {
                    key[to] = spare_key[a];
                    row[to] = spare_row[a];
                    a++;
                }
                to++;
            }
        }
    }
}

struct Columns {
    const int32_t *time, *reviewer;  // no time: all at one
    int32_t *times, *reviewers;
};

static void order(Call &call, int64_t first, int64_t last, const int64_t *indptr, int32_t *rows, const Columns &columns) {
    int64_t longest = 0;
    for (int64_t p = first; p < last; p++) longest = max(longest, indptr[p + 1] - indptr[p]);
    uint64_t *key = call.make<uint64_t>(longest).data, *spare_key = call.make<uint64_t>(longest).data;
    int32_t *spare_row = call.make<int32_t>(longest).data;
    int64_t end = indptr[last] - 1;
    for (int64_t p = first; p < last; p++) {
        int64_t start = indptr[p], n = indptr[p + 1] - start;
        int32_t *own = rows + start;
        for (int64_t k = 0; k < n; k++) {
            int32_t ahead = rows[min(start + k + AHEAD, end)], i = own[k];
            if (columns.time) prefetch(columns.time + ahead);
            prefetch(columns.reviewer + ahead);
            uint32_t when = (uint32_t)(columns.time ? columns.time[i] : 0) ^ SIGN;
            key[k] = ((uint64_t)when << 32) | (uint64_t)(int64_t)columns.reviewer[i];
        }
        sort(key, own, spare_key, spare_row, n);
        for (int64_t k = 0; k < n; k++) columns.reviewers[start + k] = (int32_t)(uint32_t)key[k];
        if (columns.times)
            for (int64_t k = 0; k < n; k++) columns.times[start + k] = (int32_t)((uint32_t)(key[k] >> 32) ^ SIGN);
    }
}

// Fill ``out[begin:end]`` with what ``column`` contains at ``rows``; those below 0 count from its end. ``out`` may be the memory of the
// rows.
template <class T, class R> static void take(Call &call, int64_t begin, int64_t end, View<const T> column, View<const R> rows, void *to) {
    T *out = (T *)to;
    uint64_t n = (uint64_t)column.n;
    for (int64_t k = begin; k < end; k++) {
        int64_t row = (int64_t)rows.data[k];
        uint64_t at = (uint64_t)row + (row < 0 ? n : 0);
        if (at >= n) call.fail(1, "`rows`: %lld, but there are %lld entries", (long long)row, (long long)n);
        out[k] = column.data[at];
    }
}

template <class P> static void positions(Call &call, View<const bool> mask, void *to, int64_t room) {
    P *out = (P *)to;
    int64_t n = 0;
    for (int64_t i = 0; i < mask.n; i++) {
        if (!mask.data[i]) continue;
        if (n == room) call.fail(1, "`out`: too short");
        out[n++] = (P)i;
    }
    if (n != room) call.fail(1, "`out`: too long");
}

}  // namespace collusion::columns

KERNEL(order_edges) {
    int64_t first = call.integer("first", 0), last = call.integer("last", first);
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<int32_t> rows = call.output<int32_t>("rows");
    View<const int32_t> time = call.array<int32_t>("time"), reviewer = call.array<int32_t>("reviewer");
    View<int32_t> times = call.output<int32_t>("times"), reviewers = call.output<int32_t>("reviewers", rows.n);
    call.rows("indptr", indptr, rows.n);
    if (last > indptr.n - 1) call.fail(1, "`last`: %lld, but there are %lld products", (long long)last, (long long)(indptr.n - 1));
    if (time.n && time.n != reviewer.n) call.fail(1, "`time`: expected %lld entries or none", (long long)reviewer.n);
    if (times.n && times.n != rows.n) call.fail(1, "`times`: expected %lld entries or none", (long long)rows.n);
    // Of these only: other threads are at the others.
    call.below("rows", rows.part(indptr[first], indptr[last]), reviewer.n);
    columns::Columns columns{time.n ? time.data : nullptr, reviewer.data, times.n ? times.data : nullptr, reviewers.data};
    columns::order(call, first, last, indptr.data, rows.data, columns);
}

KERNEL(take) {
    int64_t begin = call.integer("begin", 0), end = call.integer("end", begin);
    Array &column = call.any("column"), &rows = call.any("rows"), &out = call.writeable("out", call.any("out", rows.shape[0]));
    if (end > rows.shape[0]) call.fail(1, "`end`: %lld, but there are %lld rows", (long long)end, (long long)rows.shape[0]);
    if (out.type != column.type) call.fail(2, "`out`: expected %s, as the column, got %s", name_of(column.type), name_of(out.type));
    call.with<int32_t, int64_t>("rows", rows, [&](auto own) {
        call.with<uint8_t, uint16_t, uint32_t, uint64_t>(
            "column", column, [&](auto values) { columns::take(call, begin, end, values, own, out.data); });
    });
}

KERNEL(positions_where) {
    View<const bool> mask = call.array<bool>("mask");
    Array &out = call.writeable("out", call.any("out"));
    if (out.type == INT32 && mask.n <= INT32_MAX)
        columns::positions<int32_t>(call, mask, out.data, out.shape[0]);
    else if (out.type == INT64)
        columns::positions<int64_t>(call, mask, out.data, out.shape[0]);
    else
        call.fail(2, "`out`: expected positions of so many, got %s", name_of(out.type));
}

KERNEL(count_repeated_edges) {
    int64_t begin = call.integer("begin", 0), end = call.integer("end", begin);
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges"), product = call.array<int32_t>("product");
    call.rows("indptr", indptr, edges.n);
    call.below("edges", edges, product.n);
    if (end > indptr.n - 1) call.fail(1, "`end`: %lld, but there are %lld reviewers", (long long)end, (long long)(indptr.n - 1));
    int64_t repeats = 0;
    for (int64_t u = begin; u < end; u++)
        for (int64_t k = indptr[u] + 1; k < indptr[u + 1]; k++) repeats += product[edges[k]] == product[edges[k - 1]];
    call.give(repeats);
}
