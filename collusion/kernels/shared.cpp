// How many products two reviewers have in common.
#include "base.hpp"

KERNEL(count_in_common) {
    using namespace collusion;
    View<const int32_t> one = call.array<int32_t>("one"), other = call.array<int32_t>("other", one.n);
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges"), product = call.array<int32_t>("product"), time = call.array<int32_t>("time");
    int64_t no_time = call.integer("no_time"), window = call.integer("window");
    View<int32_t> counts = call.output<int32_t>("counts", one.n);
    call.rows("indptr", indptr, edges.n);
    call.below("one", one, indptr.n - 1);
    call.below("other", other, indptr.n - 1);
    call.below("edges", edges, product.n);
    if (time.n && time.n != product.n) call.fail(1, "`time`: expected an entry an edge, or none");
    for (int64_t k = 0; k < one.n; k++) {
        int64_t i = indptr[one[k]], i_end = indptr[one[k] + 1], j = indptr[other[k]], j_end = indptr[other[k] + 1];
        int32_t common = 0;
        while (i < i_end && j < j_end) {
            int32_t a = edges[i], b = edges[j];
            if (product[a] < product[b]) {
                i++;
            } else if (product[b] < product[a]) {
                j++;
            } else {
                if (time.n) {
                    int64_t when = time[a], then = time[b], gap = when < then ? then - when : when - then;
                    common += when != no_time && then != no_time && gap <= window;
                } else {
                    common++;
                }
                i++;
                j++;
            }
        }
        counts[k] += common;
    }
}
