// Reviews that one reviewer wrote in the same words on one day, and how many reviewers products have: passes instead of sorts.
#include "base.hpp"

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
    using namespace collusion;
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
    using namespace collusion;
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
