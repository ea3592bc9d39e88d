// Sorting in place. Equal values cannot be distinguished; where values carry others with them, the order of equal ones is that before.
#pragma once
#include "base.hpp"

namespace collusion {

// Length up to which insertion is the fastest.
constexpr int64_t SHORT = 48;

// Sort ``values[0:n]`` by insertion; equal values stay in order. ``before(a, b)`` is whether a comes before b.
template <class T, class Before> inline void insertion_sort(T *values, int64_t n, Before before) {
    for (int64_t e = 1; e < n; e++) {
        T own = values[e];
        int64_t f = e;
        while (f > 0 && before(own, values[f - 1])) {
            values[f] = values[f - 1];
            f--;
        }
        values[f] = own;
    }
}

// Move ``values[at]`` of a heap of n, the last in order first, down to where it belongs.
template <class T, class Before> inline void sink(T *values, int64_t at, int64_t n, Before before) {
    T own = values[at];
    for (;;) {
        int64_t down = 2 * at + 1;
        if (down >= n) break;
        if (down + 1 < n && before(values[down], values[down + 1])) down++;
        if (!before(own, values[down])) break;
        values[at] = values[down];
        at = down;
    }
    values[at] = own;
}

// Sort ``values[0:n]``: quicksort by the median of three, insertion where it is short, a heap where the splits are bad (Musser 1997).
// O(n log n). The order of values that are equal is any.
template <class T, class Before> inline void sort(T *values, int64_t n, Before before) {
    struct Part {
        int64_t begin, end, depth;
    };
    Part waiting[64];
    int64_t depth = 2;
    for (int64_t m = n; m > 1; m >>= 1) depth += 2;
    int waits = 0;
    waiting[waits++] = {0, n, depth};
    while (waits) {
        Part part = waiting[--waits];
        int64_t begin = part.begin, end = part.end;
        while (end - begin > SHORT) {
            if (part.depth-- == 0) {
                T *own = values + begin;
                int64_t m = end - begin;
                for (int64_t at = m / 2 - 1; at >= 0; at--) sink(own, at, m, before);
                for (int64_t last = m - 1; last > 0; last--) {
                    swap(own[0], own[last]);
                    sink(own, 0, last, before);
                }
                begin = end;
                break;
            }
            int64_t middle = begin + (end - begin) / 2;
            if (before(values[middle], values[begin])) swap(values[middle], values[begin]);
            if (before(values[end - 1], values[middle])) {
                swap(values[end - 1], values[middle]);
                if (before(values[middle], values[begin])) swap(values[middle], values[begin]);
            }
            T pivot = values[middle];
            int64_t i = begin, j = end - 1;
            while (i <= j) {
                while (before(values[i], pivot)) i++;
                while (before(pivot, values[j])) j--;
                if (i <= j) swap(values[i++], values[j--]);
            }
            // The longer side waits, so that few ever do.
            Part left{begin, j + 1, part.depth}, right{i, end, part.depth};
            bool longer_left = left.end - left.begin > right.end - right.begin;
            waiting[waits++] = longer_left ? left : right;
            begin = longer_left ? right.begin : left.begin;
            end = longer_left ? right.end : left.end;
        }
        insertion_sort(values + begin, end - begin, before);
    }
}

template <class T> inline void sort(T *values, int64_t n) {
    sort(values, n, [](T a, T b) { return a < b; });
}
template <class T> inline void sort(View<T> values) { sort(values.data, values.n); }

// The first of ``values[begin:end]``, ascending, that is at least ``value`` (`numpy.searchsorted`, side="left"); ``end`` where none is.
template <class T, class U> inline int64_t lower_bound(const T *values, int64_t begin, int64_t end, U value) {
    while (begin < end) {
        int64_t middle = begin + (end - begin) / 2;
        if (values[middle] < value)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

// The first that is more than ``value`` (side="right").
template <class T, class U> inline int64_t upper_bound(const T *values, int64_t begin, int64_t end, U value) {
    while (begin < end) {
        int64_t middle = begin + (end - begin) / 2;
        if (value < values[middle])
            end = middle;
        else
            begin = middle + 1;
    }
    return begin;
}

}  // namespace collusion
