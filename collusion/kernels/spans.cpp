// The windows of all edges, and those of a few.
#include "spans.hpp"

namespace collusion::spans {

// Which times ascend, so that no window is looked for: the edges of a window are found by two ends that only move on.
struct Input {
    View<const int64_t> indptr;
    View<const int32_t> time;
    bool dated;
    int64_t window, no_time;
    View<const int64_t> bounds;
    int64_t largest;
};

static int64_t fill(const Input &in, View<uint32_t> span, View<int64_t> wedges) {
    const int32_t *time = in.time.data;
    int64_t crowded = 0;
    for (int64_t p = 0; p + 1 < in.indptr.n; p++) {
        int64_t i = in.indptr.data[p], end = in.indptr.data[p + 1];
        while (in.dated && i < end && time[i] == in.no_time) span[i++] = span_word(0, 0, in.bounds, in.largest);
        int64_t j = i;
        while (i < end) {
            // Edge j is in the window of edge i, and of those between them; else the window of edge i ends before it.
            if (j < end && (!in.dated || (int64_t)time[j] - in.window <= (int64_t)time[i])) {
                span[j] = (uint32_t)(j - i);
                j++;
                continue;
            }
            int64_t before = (int64_t)span[i], after = j - i;
            if (before + after > in.largest)
                crowded++;
            else
                wedges[before + after] += after - 1;
            span[i] = span_word(before, after, in.bounds, in.largest);
            i++;
        }
    }
    return crowded;
}

}  // namespace collusion::spans

KERNEL(fill_spans) {
    spans::Input in{};
    in.indptr = call.array<int64_t>("indptr");
    in.time = call.array<int32_t>("time");
    in.dated = call.flag("dated");
    // No longer than the range of 32-bit days.
    in.window = call.integer("window", 0, (int64_t)1 << 33);
    in.no_time = call.integer("no_time");
    in.bounds = call.array<int64_t>("bounds");
    in.largest = call.integer("largest", 0, LARGEST_SPAN);
    View<uint32_t> span = call.output<uint32_t>("span");
    View<int64_t> wedges = call.output<int64_t>("wedges");
    call.rows("indptr", in.indptr, span.n);
    if (in.dated && in.time.n != span.n) call.fail(1, "`time`: expected an entry an edge");
    if (in.bounds.n > 15) call.fail(1, "`bounds`: more than 15");
    if (wedges.n <= in.largest) call.fail(1, "`wedges`: expected more than %lld entries, got %lld", (long long)in.largest, (long long)wedges.n);
    call.give(spans::fill(in, span, wedges));
}

KERNEL(cut_spans) {
    View<uint32_t> span = call.output<uint32_t>("span");
    int64_t largest = call.integer("largest");
    uint32_t nothing = (uint32_t)call.integer("nothing", 0, UINT32_MAX);
    int64_t crowded = 0;
    for (int64_t i = 0; i < span.n; i++) {
        uint32_t word = span.data[i];
        bool cut = (int64_t)((word & (uint32_t)LARGEST_SPAN) + ((word >> SPAN_BITS) & (uint32_t)LARGEST_SPAN)) > largest;
        span.data[i] = cut ? nothing : word;
        crowded += cut;
    }
    call.give(crowded);
}

KERNEL(words_of) {
    View<const int64_t> edges = call.array<int64_t>("edges");
    Windows windows = Windows::read(call);
    View<uint32_t> out = call.output<uint32_t>("out", edges.n);
    call.below("edges", edges, windows.product.n);
    for (int64_t k = 0; k < edges.n; k++) out.data[k] = windows.word(edges.data[k]);
}
