// Counts along the dates of products and of reviewers: what a few signals need of a group's own part of a log.
#include "base.hpp"
#include "sort.hpp"

namespace collusion::timelines {

// How many of the ascending ``time[lo:hi]`` are ``day`` or earlier.
static int64_t until(const int32_t *time, int64_t lo, int64_t hi, int64_t day) { return upper_bound(time, lo, hi, day) - lo; }

}  // namespace collusion::timelines

KERNEL(value_runs) {
    auto values = call.array<int64_t>("values");
    View<int64_t> distinct = call.make<int64_t>(values.n), times = call.make<int64_t>(values.n);
    int64_t n = 0;
    for (int64_t i = 0; i < values.n; i++) {
        if (i && values[i] == values[i - 1]) {
            times[n - 1]++;
        } else {
            distinct[n] = values[i];
            times[n++] = 1;
        }
    }
    call.give(distinct, n);
    call.give(times, n);
}

KERNEL(first_dates) {
    auto indptr = call.array<int64_t>("indptr");
    auto time = call.array<int32_t>("time");
    const int32_t no_time = (int32_t)call.integer("no_time", INT32_MIN, INT32_MAX);
    auto first = call.output<int32_t>("first", indptr.n - 1);
    call.rows("indptr", indptr, time.n);
    for (int64_t p = 0; p < first.n; p++) {
        int64_t i = indptr[p];
        const int64_t end = indptr[p + 1];
        while (i < end && time[i] == no_time) i++;
        first[p] = i < end ? time[i] : no_time;
    }
}

KERNEL(count_around) {
    using timelines::until;
    auto times = call.array<int32_t>("time");
    auto lo = call.array<int64_t>("lo"), hi = call.array<int64_t>("hi", lo.n), own = call.array<int64_t>("own");
    auto indptr = call.array<int64_t>("indptr", lo.n + 1);
    auto opened = call.array<int64_t>("opened", lo.n);
    const int64_t near = call.integer("near", 0, INT32_MAX), around = call.integer("around", 0, INT32_MAX);
    call.within("lo", lo, 0, times.n + 1);
    call.within("hi", hi, 0, times.n + 1);
    call.rows("indptr", indptr, own.n);
    const int32_t *time = times.data;
    Grid<int64_t> found = call.make_grid<int64_t>(4, lo.n);
    for (int64_t j = 0; j < lo.n; j++) {
        const int64_t begin = indptr[j], end = indptr[j + 1], mine = end - begin;
        if (!mine) call.fail(1, "`indptr`: a product without a date of the group");
        const int64_t first = max(opened[j], own[begin] - around), last = own[end - 1] + around;
        int64_t close = 0, inside = 0, days = 0, after = own[begin] - near - 1;
        for (int64_t e = begin; e < end; e++) {
            // Days that were counted with the date before are not counted again.
            const int64_t before = max(after, own[e] - near - 1);
            after = own[e] + near;
            if (after <= before) continue;
            days += after - before;
            const int64_t upper = until(time, lo[j], hi[j], after);
            close += upper - until(time, lo[j], hi[j], before);
            inside += upper - until(time, lo[j], hi[j], max(before, min(first - 1, after)));
        }
        found[0][j] = close - mine;
        found[1][j] = until(time, lo[j], hi[j], last) - until(time, lo[j], hi[j], first - 1) - inside;
        found[2][j] = days;
        found[3][j] = last - first + 1 - days;
    }
    call.give(found);
}

KERNEL(joined_circles) {
    const int64_t n = call.integer("n", 0, INT32_MAX);
    auto one = call.array<int64_t>("one");
    auto other = call.array<int64_t>("other", one.n);
    call.below("one", one, n);
    call.below("other", other, n);
    View<int64_t> of = call.make<int64_t>(n);
    for (int64_t a = 0; a < n; a++) of[a] = a;
    for (int64_t e = 0; e < one.n; e++) {
        int64_t a = one[e], b = other[e];
        // Each step halves the way of the next.
        while (of[a] != a) a = of[a] = of[of[a]];
        while (of[b] != b) b = of[b] = of[of[b]];
        of[max(a, b)] = min(a, b);
    }
    for (int64_t a = 0; a < n; a++) of[a] = of[of[a]];
    call.give(of);
}

namespace collusion::near {

// The pairs i < j with ``values[j] < until[i]``; written where there is room, else counted.
static int64_t pairs_before(View<const int64_t> values, View<const int64_t> until, Grid<int64_t> pairs) {
    int64_t n = 0;
    for (int64_t i = 0; i < values.n; i++) {
        for (int64_t j = i + 1; j < values.n && values[j] < until[i]; j++, n++) {
            if (!pairs.data) continue;
            pairs.data[n] = i;
            pairs.data[pairs.columns + n] = j;
        }
    }
    return n;
}

}  // namespace collusion::near

KERNEL(pairs_before) {
    auto values = call.array<int64_t>("values");
    auto until = call.array<int64_t>("until", values.n);
    Grid<int64_t> pairs = call.make_grid<int64_t>(2, near::pairs_before(values, until, {}));
    near::pairs_before(values, until, pairs);
    call.give(pairs);
}
