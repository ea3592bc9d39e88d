// The window of each edge in one word: which edges of the same product are within so many days of it, and its local-degree bin.
#pragma once
#include "base.hpp"

namespace collusion {

// Bits for how far a window reaches before an edge, and for how far behind it. With the local-degree bin above them, the window of an edge
// is one word: the edges of a reviewer are spread over the log, and each costs one wait for memory.
constexpr int SPAN_BITS = 13;
// The largest local degree that a word contains.
constexpr int64_t LARGEST_SPAN = (1 << SPAN_BITS) - 1;

// The first edge of the window around edge i; the one after the last (i where it does not count); its local-degree bin (the number of bins
// where it does not count).
inline int64_t span_first(uint32_t word, int64_t i) { return i - (int64_t)(word & (uint32_t)LARGEST_SPAN); }
inline int64_t span_after(uint32_t word, int64_t i) { return i + (int64_t)((word >> SPAN_BITS) & (uint32_t)LARGEST_SPAN); }
inline int64_t span_bin(uint32_t word) { return (int64_t)(word >> (2 * SPAN_BITS)); }

// The word of an edge whose window begins ``before`` edges earlier and ends ``after`` edges later.
inline uint32_t span_word(int64_t before, int64_t after, View<const int64_t> bounds, int64_t largest) {
    int64_t degree = before + after;
    if (degree < 2 || degree > largest) return (uint32_t)(bounds.n + 1) << (2 * SPAN_BITS);
    int64_t bin = 0;
    while (bin < bounds.n && degree > bounds[bin]) bin++;
    return (uint32_t)before | ((uint32_t)after << SPAN_BITS) | ((uint32_t)bin << (2 * SPAN_BITS));
}

// The windows of all edges: their words, or what it takes to make them. Edges of a product are consecutive and in time order.
struct Windows {
    View<const uint32_t> span;  // empty where words are made as they are asked for
    View<const int32_t> product;
    View<const int64_t> indptr;
    View<const int32_t> time;
    bool dated;
    int64_t window, no_time;
    View<const int64_t> bounds;
    int64_t largest;

    // Read the fields in this order, as `collusion.kernels.spans.Windows` contains them.
    static Windows read(Call &call) {
        Windows one;
        one.span = call.array<uint32_t>("span");
        one.product = call.array<int32_t>("product");
        one.indptr = call.array<int64_t>("indptr of products");
        one.time = call.array<int32_t>("time");
        one.dated = call.flag("dated");
        one.window = call.integer("window", 0);
        one.no_time = call.integer("no_time");
        one.bounds = call.array<int64_t>("bounds");
        one.largest = call.integer("largest", 0, LARGEST_SPAN);
        if (one.span.n && one.span.n != one.product.n) call.fail(1, "`span`: expected an entry an edge, or none");
        if (one.dated && one.time.n != one.product.n) call.fail(1, "`time`: expected an entry an edge");
        if (one.bounds.n > 15) call.fail(1, "`bounds`: more than 15");
        call.rows("indptr of products", one.indptr, one.product.n);
        call.below("product", one.product, one.indptr.n - 1);
        return one;
    }

    // The first of the edges from ``first`` up to ``last``, in the order of time, whose time exceeds ``value``. O(log).
    int64_t beyond(int64_t value, int64_t first, int64_t last) const {
        while (first < last) {
            int64_t middle = (first + last) / 2;
            if ((int64_t)time.data[middle] > value)
                last = middle;
            else
                first = middle + 1;
        }
        return first;
    }

    // The word of edge i. O(log local degree) where it has to be made.
    uint32_t word(int64_t i) const {
        if (span.n) return span.data[i];
        int64_t start = indptr[product[i]], end = indptr[product[i] + 1];
        if (!dated) return span_word(i - start, end - i, bounds, largest);
        int64_t at = time[i];
        if (at == no_time) return span_word(0, 0, bounds, largest);
        return span_word(i - beyond(at - window - 1, start, i), beyond(at + window, i, end) - i, bounds, largest);
    }
};

}  // namespace collusion
