// How many reviews of each stratum products and reviewers have: what the density of a group is expected from.
#include "base.hpp"
#include "sort.hpp"

namespace collusion::stratum_counts {

template <class Stratum> static void largest_sizes(View<const int64_t> indptr, View<const Stratum> strata, View<int64_t> sizes) {
    const Stratum *stratum = strata.data;
    for (int64_t p = 0; p + 1 < indptr.n; p++) {
        int64_t start = indptr[p];
        const int64_t end = indptr[p + 1];
        for (int64_t i = start; i < end; i++) {
            if (stratum[start] != stratum[i]) start = i;
            int64_t &one = sizes.data[stratum[i]];
            one = max(one, i + 1 - start);
        }
    }
}

template <class Stratum>
static void count_sizes(Call &call, View<const int64_t> indptr, View<const Stratum> strata, View<const int64_t> first, View<int32_t> times) {
    const Stratum *stratum = strata.data;
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

template <class Stratum>
static void runs_of(Call &call, View<const int32_t> products, View<const int64_t> indptr, View<const Stratum> strata_of) {
    const Stratum *stratum = strata_of.data;
    Growing<int64_t> strata(call, 16), sizes(call, 16);
    for (int32_t p : products) {
        int64_t i = indptr[p];
        const int64_t end = indptr[p + 1];
        while (i < end) {
            const Stratum s = stratum[i];
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

template <class Stratum>
static void count_members(Call &call, View<const int32_t> reviewers, View<const int64_t> indptr, View<const int32_t> edges,
                          View<const Stratum> stratum, View<const int64_t> there) {
    Growing<int64_t> key(call, 64), own(call, 64);
    for (int32_t u : reviewers) {
        const int64_t begin = indptr[u], m = indptr[u + 1] - begin;
        own.n = 0;
        own.reserve(m);
        own.n = m;
        for (int64_t k = 0; k < m; k++) own.buffer.data[k] = stratum.data[edges.data[begin + k]];
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

}  // namespace collusion::stratum_counts

KERNEL(largest_sizes) {
    using namespace collusion;
    auto indptr = call.array<int64_t>("indptr");
    Array &stratum = call.any("stratum");
    auto sizes = call.output<int64_t>("most");
    call.rows("indptr", indptr, stratum.shape[0]);
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto strata) {
        call.below("stratum", strata, sizes.n);
        stratum_counts::largest_sizes(indptr, strata, sizes);
    });
}

KERNEL(count_sizes) {
    using namespace collusion;
    auto indptr = call.array<int64_t>("indptr");
    Array &stratum = call.any("stratum");
    auto first = call.array<int64_t>("first");
    auto times = call.output<int32_t>("times");
    call.rows("indptr", indptr, stratum.shape[0]);
    call.within("first", first, 0, times.n + 1);
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto strata) {
        call.below("stratum", strata, first.n);
        stratum_counts::count_sizes(call, indptr, strata, first, times);
    });
}

KERNEL(runs_of_strata) {
    using namespace collusion;
    auto products = call.array<int32_t>("products");
    auto indptr = call.array<int64_t>("indptr");
    Array &stratum = call.any("stratum");
    call.rows("indptr", indptr, stratum.shape[0]);
    call.below("products", products, indptr.n - 1);
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto strata) { stratum_counts::runs_of(call, products, indptr, strata); });
}

KERNEL(count_members) {
    using namespace collusion;
    auto reviewers = call.array<int32_t>("reviewers");
    auto indptr = call.array<int64_t>("indptr");
    auto edges = call.array<int32_t>("edges");
    Array &stratum = call.any("stratum");
    auto there = call.array<int64_t>("there");
    call.rows("indptr", indptr, edges.n);
    call.below("reviewers", reviewers, indptr.n - 1);
    call.below("edges", edges, stratum.shape[0]);
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto strata) {
        stratum_counts::count_members(call, reviewers, indptr, edges, strata, there);
    });
}
