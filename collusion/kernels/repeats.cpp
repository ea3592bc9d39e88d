// Which of a reviewer's reviews count: one a listing, the earliest.
#include "base.hpp"
#include "hash.hpp"

namespace collusion::repeats {

// Of a review: the same reviewer on the same product again; on another variant of the same listing. 0 where it counts.
constexpr uint8_t REPEATED = 1, COPY = 2;
// Reviews up to which it is cheaper to compare all pairs than to fill a table.
constexpr int64_t FEW = 8;
// Rows that are prefetched ahead; twice as many for the indices that lead there.
constexpr int64_t AHEAD = 16;
// Of a row without a time.
constexpr int32_t NO_TIME = INT32_MIN;

// Whether row i comes before another: by day, then by row; a row without a time comes after those that have one.
static inline bool earlier(const int32_t *time, int64_t i, int64_t other) {
    int32_t a = time[i], b = time[other];
    return a == b ? i < other : a != NO_TIME && (b == NO_TIME || a < b);
}

// Whether the first n codes are distinct; of more than `FEW`, with a table of positions + 1, all of whose cells are 0.
static bool distinct(const int32_t *code, int64_t n, int32_t *table, int64_t mask) {
    if (n <= FEW) {
        bool alone = true;
        for (int64_t k = 0; k < n; k++)
            for (int64_t before = 0; before < k; before++) alone &= code[before] != code[k];
        return alone;
    }
    for (int64_t k = 0; k < n; k++) {
        int64_t at = cell(code[k], mask);
        while (table[at] && code[table[at] - 1] != code[k]) at = (at + 1) & mask;
        if (table[at]) return false;
        table[at] = (int32_t)(k + 1);
    }
    return true;
}

// Mark those of n rows whose code an earlier one has, by a table as in `distinct`; repeats are passed over.
static void mark_equal(const int32_t *code, const int32_t *rows, int64_t n, const int32_t *time, int32_t *table, int64_t mask, uint8_t mark,
                       uint8_t *status) {
    for (int64_t k = 0; k < n; k++) {
        int32_t i = rows[k];
        if (status[i] == REPEATED) continue;
        int64_t at = cell(code[k], mask);
        while (table[at] && code[table[at] - 1] != code[k]) at = (at + 1) & mask;
        if (!table[at]) {
            table[at] = (int32_t)(k + 1);
            continue;
        }
        int32_t other = rows[table[at] - 1];
        if (earlier(time, i, other)) {
            status[other] = mark;
            table[at] = (int32_t)(k + 1);
        } else {
            status[i] = mark;
        }
    }
}

struct Log {
    View<const int64_t> indptr;
    View<const int32_t> rows, product, listing, time;
    View<uint8_t> status;
};

static void mark(Call &call, const Log &log, int64_t begin, int64_t end) {
    const int32_t *rows = log.rows.data, *product = log.product.data, *listing = log.listing.data;
    int64_t busiest = 0;
    for (int64_t u = begin; u < end; u++) busiest = max(busiest, log.indptr[u + 1] - log.indptr[u]);
    if (busiest > INT32_MAX / 2) call.fail(1, "`indptr`: a reviewer with %lld rows, which is too many", (long long)busiest);
    int64_t cells = 2 * FEW;
    while (cells < 2 * busiest) cells *= 2;
    int32_t *table = call.make<int32_t>(cells).data, *own = call.make<int32_t>(busiest).data, *of = call.make<int32_t>(busiest).data;
    int64_t last = log.indptr[end] - 1;
    for (int64_t u = begin; u < end; u++) {
        int64_t start = log.indptr[u], n = log.indptr[u + 1] - start;
        cells = 2 * FEW;
        while (cells < 2 * n) cells *= 2;
        for (int64_t k = 0; k < n; k++) {
            prefetch(product + rows[min(start + k + 2 * AHEAD, last)]);
            prefetch(listing + product[rows[min(start + k + AHEAD, last)]]);
            own[k] = product[rows[start + k]];
            of[k] = listing[own[k]];
        }
        if (n > FEW) memset(table, 0, (size_t)cells * sizeof(int32_t));
        if (distinct(of, n, table, cells - 1)) continue;
        memset(table, 0, (size_t)cells * sizeof(int32_t));
        mark_equal(own, rows + start, n, log.time.data, table, cells - 1, REPEATED, log.status.data);
        memset(table, 0, (size_t)cells * sizeof(int32_t));
        mark_equal(of, rows + start, n, log.time.data, table, cells - 1, COPY, log.status.data);
    }
}

}  // namespace collusion::repeats

KERNEL(mark_repeats) {
    using namespace collusion;
    int64_t begin = call.integer("begin", 0), end = call.integer("end", 0);
    repeats::Log log{};
    log.indptr = call.array<int64_t>("indptr");
    log.rows = call.array<int32_t>("rows");
    log.product = call.array<int32_t>("product");
    log.listing = call.array<int32_t>("listing");
    log.time = call.array<int32_t>("time", log.product.n);
    log.status = call.output<uint8_t>("status", log.product.n);
    call.rows("indptr", log.indptr, log.rows.n);
    int64_t n = log.indptr.n - 1;
    if (begin > end || end > n) call.fail(1, "`end`: %lld, but there are %lld reviewers", (long long)end, (long long)n);
    // Of the rows, those of these reviewers: others look at the rest.
    call.below("rows", log.rows.part(log.indptr[begin], log.indptr[end]), log.product.n);
    call.below("product", log.product, log.listing.n);
    repeats::mark(call, log, begin, end);
}
