// Reviews that one reviewer wrote in the same words on one day, and how many reviewers products have: passes instead of sorts.
#include "base.hpp"
#include "hash.hpp"

namespace collusion::copies {

// Reviews up to which it is cheaper to compare all pairs than to fill a table.
constexpr int64_t FEW = 8;
constexpr uint64_t MIX = 0x9FB21C651E98DF25u;

struct Log {
    View<const int64_t> indptr;
    View<const int32_t> rows;
    View<const uint64_t> text;
    const int32_t *time;  // none where the log has no times
    uint8_t *out;

    int32_t day(int64_t i) const { return time ? time[i] : 0; }
};

// Mark those of a few rows that share their text and day with another one.
static void compare(const Log &log, const int32_t *rows, int64_t n) {
    uint64_t words[FEW];
    for (int64_t k = 0; k < n; k++) {
        int32_t i = rows[k];
        words[k] = log.text.data[i];
        for (int64_t before = 0; before < k; before++) {
            // Days are looked up only where words agree, which is rare.
            if (words[before] != words[k] || !words[k] || log.day(rows[before]) != log.day(i)) continue;
            log.out[rows[before]] = 1;
            log.out[i] = 1;
        }
    }
}

// The same of any number of rows, by a table of row + 1 that is at most half full, all of whose cells are 0.
static void look_up(const Log &log, const int32_t *rows, int64_t n, int32_t *table, uint64_t mask) {
    for (int64_t k = 0; k < n; k++) {
        int32_t i = rows[k];
        uint64_t text = log.text.data[i];
        if (!text) continue;
        int32_t day = log.day(i);
        uint64_t h = (text ^ (uint64_t)(int64_t)day) * MIX, at = (h ^ (h >> 32)) & mask;
        while (table[at]) {
            int32_t j = table[at] - 1;
            if (log.text.data[j] == text && log.day(j) == day) {
                log.out[j] = 1;
                log.out[i] = 1;
                break;
            }
            at = (at + 1) & mask;
        }
        if (!table[at]) table[at] = i + 1;
    }
}

static void mark(Call &call, const Log &log, int64_t begin, int64_t end) {
    View<int32_t> table;
    for (int64_t u = begin; u < end; u++) {
        const int32_t *rows = log.rows.data + log.indptr[u];
        int64_t n = log.indptr[u + 1] - log.indptr[u];
        if (n < 2) continue;
        if (n <= FEW) {
            compare(log, rows, n);
            continue;
        }
        int64_t cells = 64;
        while (cells < 2 * n) cells *= 2;
        if (cells > table.n) {
            call.release(table);
            table = call.make<int32_t>(cells);
        }
        memset(table.data, 0, (size_t)cells * sizeof(int32_t));
        look_up(log, rows, n, table.data, (uint64_t)cells - 1);
    }
}

}  // namespace collusion::copies

KERNEL(mark_same_words) {
    int64_t begin = call.integer("begin", 0), end = call.integer("end", 0);
    copies::Log log{};
    log.indptr = call.array<int64_t>("indptr");
    log.rows = call.array<int32_t>("rows");
    log.text = call.array<uint64_t>("text");
    View<const int32_t> time = call.array<int32_t>("time");
    log.time = time.n ? time.data : nullptr;
    log.out = (uint8_t *)call.output<bool>("out", log.text.n).data;
    if (log.text.n > INT32_MAX) call.fail(1, "`text`: more rows than 32 bits number");
    if (time.n && time.n != log.text.n) call.fail(1, "`time`: expected an entry a row, or none");
    call.rows("indptr", log.indptr, log.rows.n);
    int64_t n = log.indptr.n - 1;
    if (begin > end || end > n) call.fail(1, "`end`: %lld, but there are %lld reviewers", (long long)end, (long long)n);
    // Of the rows, those of these reviewers: others look at the rest.
    call.below("rows", log.rows.part(log.indptr[begin], log.indptr[end]), log.text.n);
    copies::mark(call, log, begin, end);
}

KERNEL(count_distinct) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> at = call.array<int32_t>("at"), value = call.array<int32_t>("value");
    View<int32_t> seen = call.output<int32_t>("seen");
    call.rows("indptr", indptr, at.n);
    call.below("at", at, value.n);
    call.below("value", value, seen.n);
    if (indptr.n > INT32_MAX) call.fail(1, "`indptr`: more groups than 32 bits number");
    for (int32_t &last : seen) last = -1;
    View<int64_t> out = call.zeros<int64_t>(indptr.n - 1);
    for (int64_t p = 0; p < out.n; p++) {
        for (int64_t k = indptr[p]; k < indptr[p + 1]; k++) {
            int32_t &last = seen[value[at[k]]];
            out[p] += last != p;
            last = (int32_t)p;
        }
    }
    call.give(out);
}

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
