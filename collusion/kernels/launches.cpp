// Reviews at the launch of their product, and their co-reviews.
#include "spans.hpp"

namespace collusion::launches {

struct Input {
    View<const int64_t> indptr;
    View<const int32_t> time;
    int64_t no_time;
    View<const int32_t> launch;
    int64_t new_days;
    View<const uint32_t> span;
    Grid<int64_t> pairs;
    View<int64_t> fresh;
};

template <class S> static void count(Call &call, const Input &in, View<const S> stratum) {
    const int32_t *time = in.time.data;
    for (int64_t p = 0; p < in.launch.n; p++) {
        if (in.launch[p] == in.no_time) continue;
        int64_t start = in.indptr[p], end = in.indptr[p + 1];
        while (start < end && time[start] == in.no_time) start++;
        int64_t until = start;
        while (until < end && (int64_t)time[until] - (int64_t)in.launch[p] <= in.new_days) until++;
        for (int64_t i = start; i < until; i++) {
            in.fresh[stratum.data[i]]++;
            int64_t here = span_bin(in.span.data[i]), after = span_after(in.span.data[i], i);
            if (after > in.span.n) call.fail(1, "`span`: the window of edge %lld reaches beyond all edges", (long long)i);
            for (int64_t j = i + 1; j < after; j++) {
                int64_t k = max(here, span_bin(in.span.data[j]));
                if (k >= in.pairs.columns) call.fail(1, "`pairs`: no room for bin %lld", (long long)k);
                in.pairs.data[(1 + (j < until)) * in.pairs.columns + k]++;
            }
        }
    }
}

}  // namespace collusion::launches

KERNEL(count_launches) {
    using namespace collusion;
    launches::Input in{};
    in.indptr = call.array<int64_t>("indptr");
    in.time = call.array<int32_t>("time");
    in.no_time = call.integer("no_time");
    in.launch = call.array<int32_t>("launch");
    in.new_days = call.integer("new_days");
    in.span = call.array<uint32_t>("span", in.time.n);
    Array &stratum = call.any("stratum", in.time.n);
    in.pairs = call.output_grid<int64_t>("pairs", 3);
    in.fresh = call.output<int64_t>("new");
    call.rows("indptr", in.indptr, in.time.n);
    if (in.launch.n != in.indptr.n - 1) call.fail(1, "`launch`: expected an entry a product");
    call.with<int16_t, int32_t>("stratum", stratum, [&](auto own) {
        call.below("stratum", own, in.fresh.n);
        launches::count(call, in, own);
    });
}
