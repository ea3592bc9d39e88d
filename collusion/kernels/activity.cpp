// Strata of edges, and how many reviews of each stratum reviewers and products have.
#include "sort.hpp"
#include "strata.hpp"

namespace collusion::activity {

struct Months {
    View<const int64_t> indptr;
    View<const int32_t> category, time;
    int64_t first, last, no_time, days, pad, span;
};

template <class S> static void number(const Months &in, View<S> out) {
    for (int64_t p = 0; p < in.category.n; p++) {
        int64_t base = (int64_t)in.category[p] * in.span;
        for (int64_t i = in.indptr[p]; i < in.indptr[p + 1]; i++) {
            int64_t month = 0;
            if (in.time.n && in.time.data[i] != in.no_time)
                month = 1 + in.pad + floor_divide(min(max((int64_t)in.time.data[i], in.first), in.last) - in.first, in.days);
            out.data[i] = (S)(base + month);
        }
    }
}

template <class S, class C>
static int64_t count(View<const int64_t> indptr, View<const int32_t> edges, const void *strata_of, View<int64_t> row, View<S> strata,
                     View<C> counts) {
    const int64_t room = indptr[0];
    const S *stratum = (const S *)strata_of;
    S *own = strata.data;
    // All reads before the first comparison: reads from all over memory then overlap.
    for (int64_t e = 0; e < strata.n; e++) own[e] = stratum[edges.data[room + e]];
    int64_t filled = 0;
    for (int64_t u = 0; u + 1 < indptr.n; u++) {
        row[u] = filled;
        int64_t begin = indptr[u] - room, end = indptr[u + 1] - room, start = filled;
        if (end - begin > SHORT)
            sort(own + begin, end - begin);
        else
            insertion_sort(own + begin, end - begin, [](S a, S b) { return a < b; });
        for (int64_t e = begin; e < end; e++) {
            if (filled > start && own[e] == own[filled - 1])
                counts.data[filled - 1]++;
            else {
                own[filled] = own[e];
                counts.data[filled] = 1;
                filled++;
            }
        }
    }
    row[indptr.n - 1] = filled;
    return filled;
}

}  // namespace collusion::activity

KERNEL(find_lonely) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> time = call.array<int32_t>("time");
    int64_t no_time = call.integer("no_time"), days = call.integer("days");
    View<bool> lonely = call.output<bool>("lonely", indptr.n - 1);
    call.rows("indptr", indptr, time.n ? time.n : INT64_MAX);
    int64_t first = INT32_MAX, last = INT32_MIN;
    for (int64_t p = 0; p < lonely.n; p++) {
        int64_t begin = indptr[p], end = indptr[p + 1];
        bool near = !time.n && end - begin > 1;
        for (int64_t i = begin + 1; time.n && i < end && !near; i++)
            near = time.data[i - 1] != no_time && (int64_t)time.data[i] - (int64_t)time.data[i - 1] <= days;
        lonely[p] = !near;
        for (int64_t i = begin; time.n && near && i < end; i++) {
            if (time.data[i] == no_time) continue;
            first = min(first, (int64_t)time.data[i]);
            last = max(last, (int64_t)time.data[i]);
        }
    }
    call.give(first);
    call.give(last);
}

KERNEL(number_strata) {
    activity::Months in{};
    in.indptr = call.array<int64_t>("indptr");
    in.category = call.array<int32_t>("category");
    in.time = call.array<int32_t>("time");
    in.first = call.integer("first", INT32_MIN, INT32_MAX);
    in.last = call.integer("last", INT32_MIN, INT32_MAX);
    in.no_time = call.integer("no_time");
    in.days = call.integer("days", 1);
    in.pad = call.integer("pad", 0, INT32_MAX);
    in.span = call.integer("span", 0, (int64_t)1 << 33);
    Array &out = call.any("out");
    if (in.category.n != in.indptr.n - 1) call.fail(1, "`category`: expected an entry a product");
    call.rows("indptr", in.indptr, out.shape[0]);
    if (in.time.n && in.time.n != out.shape[0]) call.fail(1, "`time`: expected an entry an edge, or none");
    call.with_output<int16_t, int32_t>("out", out, [&](auto strata) { activity::number(in, strata); });
}

KERNEL(count_strata) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges");
    Array &stratum = call.any("stratum");
    View<int64_t> row = call.output<int64_t>("row", indptr.n);
    call.rows("indptr", indptr, edges.n);
    const int64_t n = indptr[indptr.n - 1] - indptr[0];
    Array &strata = call.any("strata", n);
    Array &counts = call.any("counts", n);
    call.below("edges", edges, stratum.shape[0]);
    if (strata.type != stratum.type) call.fail(2, "`strata`: expected %s, got %s", name_of(stratum.type), name_of(strata.type));
    call.with_output<int16_t, int32_t>("strata", strata, [&](auto own) {
        call.with_output<uint16_t, int32_t>(
            "counts", counts, [&](auto times) { call.give(activity::count(indptr, edges, stratum.data, row, own, times)); });
    });
}

KERNEL(count_activity) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int64_t> act_indptr = call.array<int64_t>("act_indptr", indptr.n);
    Array &act_strata = call.any("act_strata");
    Grid<int32_t> counts = call.output_grid<int32_t>("counts");
    call.rows("indptr", indptr, INT64_MAX);
    call.rows("act_indptr", act_indptr, act_strata.shape[0]);
    if (!counts.columns) call.fail(1, "`counts`: no columns");
    call.with<int16_t, int32_t>("act_strata", act_strata, [&](auto strata) {
        call.below("act_strata", strata, counts.rows);
        for (int64_t u = 0; u + 1 < indptr.n; u++) {
            int64_t n = min(indptr[u + 1] - indptr[u], counts.columns - 1);
            for (int64_t e = act_indptr[u]; e < act_indptr[u + 1]; e++) counts.data[(int64_t)strata.data[e] * counts.columns + n]++;
        }
    });
}

KERNEL(largest_sizes) {
    auto indptr = call.array<int64_t>("indptr");
    auto stratum = Strata::read(call, "stratum");
    auto sizes = call.output<int64_t>("most");
    call.rows("indptr", indptr, stratum.n);
    stratum.check(call, "stratum", sizes.n);
    for (int64_t p = 0; p + 1 < indptr.n; p++) {
        int64_t start = indptr[p];
        for (int64_t i = start; i < indptr[p + 1]; i++) {
            if (stratum[start] != stratum[i]) start = i;
            int64_t &one = sizes.data[stratum[i]];
            one = max(one, i + 1 - start);
        }
    }
}

KERNEL(count_sizes) {
    auto indptr = call.array<int64_t>("indptr");
    auto stratum = Strata::read(call, "stratum");
    auto first = call.array<int64_t>("first");
    auto times = call.output<int32_t>("times");
    call.rows("indptr", indptr, stratum.n);
    call.within("first", first, 0, times.n + 1);
    stratum.check(call, "stratum", first.n);
    for (int64_t p = 0; p + 1 < indptr.n; p++) {
        int64_t start = indptr[p];
        const int64_t end = indptr[p + 1];
        for (int64_t i = start; i < end; i++) {
            if (i + 1 < end && stratum[i + 1] == stratum[i]) continue;
            int64_t at = first.data[stratum[i]] + i - start;
            if (at >= times.n) call.fail(1, "`times`: no room for all sizes");
            times.data[at]++;
            start = i + 1;
        }
    }
}

KERNEL(runs_of_strata) {
    auto products = call.array<int32_t>("products");
    auto indptr = call.array<int64_t>("indptr");
    auto stratum = Strata::read(call, "stratum");
    call.rows("indptr", indptr, stratum.n);
    call.below("products", products, indptr.n - 1);
    Growing<int64_t> strata(call, 16), sizes(call, 16);
    for (int32_t p : products) {
        int64_t i = indptr[p];
        const int64_t end = indptr[p + 1];
        while (i < end) {
            const int64_t s = stratum[i];
            // The end of the run is before i + reach: doubled until that is so, then halved.
            int64_t reach = 1;
            while (i + reach < end && stratum[i + reach] == s) reach *= 2;
            int64_t low = i + reach / 2, high = min(i + reach, end);
            while (low + 1 < high) {
                int64_t middle = (low + high) / 2;
                (stratum[middle] == s ? low : high) = middle;
            }
            strata.push(s);
            sizes.push(high - i);
            i = high;
        }
    }
    strata.give();
    sizes.give();
}

KERNEL(count_members) {
    auto reviewers = call.array<int32_t>("reviewers");
    auto indptr = call.array<int64_t>("indptr");
    auto edges = call.array<int32_t>("edges");
    auto stratum = Strata::read(call, "stratum");
    auto there = call.array<int64_t>("there");
    call.rows("indptr", indptr, edges.n);
    call.below("reviewers", reviewers, indptr.n - 1);
    call.below("edges", edges, stratum.n);
    Growing<int64_t> key(call, 64), own(call, 64);
    for (int32_t u : reviewers) {
        const int64_t begin = indptr[u], m = indptr[u + 1] - begin;
        own.n = 0;
        own.reserve(m);
        own.n = m;
        for (int64_t k = 0; k < m; k++) own.buffer.data[k] = stratum[edges.data[begin + k]];
        sort(own.view());
        int64_t start = 0;
        for (int64_t k = 0; k < m; k++) {
            if (k + 1 < m && own[k + 1] == own[k]) continue;
            int64_t at = lower_bound(there.data, 0, there.n, own[k]);
            if (at < there.n && there[at] == own[k]) key.push((own[k] << 32) | (k + 1 - start));
            start = k + 1;
        }
    }
    sort(key.view());
    View<int64_t> s = call.make<int64_t>(key.n), reviews = call.make<int64_t>(key.n), times = call.make<int64_t>(key.n);
    int64_t n = 0;
    for (int64_t k = 0; k < key.n; k++) {
        if (k && key[k] == key[k - 1]) {
            times[n - 1]++;
            continue;
        }
        s[n] = key[k] >> 32;
        reviews[n] = key[k] & 0xFFFFFFFF;
        times[n++] = 1;
    }
    call.give(s, n);
    call.give(reviews, n);
    call.give(times, n);
}
