// Pairs that are near each other in ascending rows.
#include "base.hpp"

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
    using namespace collusion;
    auto values = call.array<int64_t>("values");
    auto until = call.array<int64_t>("until", values.n);
    Grid<int64_t> pairs = call.make_grid<int64_t>(2, near::pairs_before(values, until, {}));
    near::pairs_before(values, until, pairs);
    call.give(pairs);
}
