// Words that contain all windows of an edge.
#include "reach.hpp"

KERNEL(add_window) {
    View<const uint32_t> span = call.array<uint32_t>("span");
    int64_t first = call.integer("first", 0), last = call.integer("last", 0, span.n);
    View<const int32_t> time = call.array<int32_t>("time");
    bool dated = call.flag("dated");
    int64_t origin = call.integer("origin", INT32_MIN, INT32_MAX);
    int shift = BIN_BITS * (int)call.integer("w", 0, WINDOWS - 1);
    int64_t limit = call.integer("limit", 0, NOWHERE);
    View<uint64_t> reach = call.output<uint64_t>("reach", span.n);
    if (dated && time.n != span.n) call.fail(1, "`time`: expected an entry an edge");
    constexpr uint32_t EXTENT = ((uint32_t)1 << AT_BINS) - 1;
    for (int64_t i = first; i < last; i++) {
        uint32_t word = span.data[i];
        int64_t k = span_bin(word);
        if (k > limit) continue;
        uint64_t own = (uint64_t)(reach_bins(reach.data[i]) - ((NOWHERE - k) << shift));
        uint64_t since = dated ? (uint64_t)((int64_t)time.data[i] - origin) : 0;
        reach.data[i] = (((since << (BIN_BITS * WINDOWS)) | own) << AT_BINS) | (uint64_t)(word & EXTENT);
    }
}

KERNEL(hide) {
    View<const uint64_t> reach = call.array<uint64_t>("reach");
    View<int32_t> who = call.output<int32_t>("who", reach.n);
    int32_t nobody = (int32_t)call.integer("nobody", INT32_MIN, INT32_MAX);
    const uint64_t *word = reach.data;
    int32_t *to = who.data;
    // Written in any case, so that several are at once.
    for (int64_t i = 0, n = who.n; i < n; i++) to[i] = (word[i] >> SPAN_BITS) & (uint64_t)LARGEST_SPAN ? to[i] : nobody;
}
