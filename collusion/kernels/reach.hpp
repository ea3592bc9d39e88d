// All windows of an edge in one word: which edges of the same product it is near, their local-degree bins, and its day.
#pragma once
#include "spans.hpp"

namespace collusion {

// Windows that a word contains. The reviews of a reviewer are all over the log: they are read once, and memory is waited for once per edge,
// and finds there what all windows need.
constexpr int64_t WINDOWS = 4;
constexpr int BIN_BITS = 3;
// The local-degree bin of an edge that does not count in a window.
constexpr int64_t NOWHERE = 7;
// Bins of an edge that counts in no window.
constexpr int64_t NO_BINS = (1 << (BIN_BITS * WINDOWS)) - 1;
constexpr int AT_BINS = 2 * SPAN_BITS;
constexpr int AT_DAY = AT_BINS + BIN_BITS * (int)WINDOWS;

// The first edge that edge i may form a co-review with, and the one after the last; i where it forms none.
inline int64_t reach_first(const uint64_t *reach, int64_t i) { return i - (int64_t)(reach[i] & (uint64_t)LARGEST_SPAN); }
inline int64_t reach_after(const uint64_t *reach, int64_t i) { return i + (int64_t)((reach[i] >> SPAN_BITS) & (uint64_t)LARGEST_SPAN); }

// The local-degree bins of an edge: 3 bits per window, the shortest window lowest.
inline int64_t reach_bins(uint64_t word) { return (int64_t)(word >> AT_BINS) & NO_BINS; }

// The day of an edge that counts somewhere, from the first of the log.
inline int64_t reach_day(uint64_t word) { return (int64_t)(word >> AT_DAY); }

}  // namespace collusion
