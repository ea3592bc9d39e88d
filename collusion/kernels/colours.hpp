// What a review is known by, apart from names.
#pragma once
#include "base.hpp"

namespace collusion {

// Bits of -1, which stands for no rating, of the largest number, and of infinity, which is taken for it.
constexpr uint32_t NO_RATING = 0xBF800000, HIGHEST_RATING = 0x7F7FFFFF, INFINITE_RATING = 0x7F800000;

// The bits of a float32 rating as an integer: one for all that are no number, and that of the largest number for infinity. No branches, so
// that several are made at once.
inline int64_t rating_word(uint32_t bits) {
    uint32_t size = bits & 0x7FFFFFFF, finite = size == INFINITE_RATING ? (bits & 0x80000000) | HIGHEST_RATING : bits;
    return (int64_t)(size > INFINITE_RATING ? NO_RATING : finite);
}

}  // namespace collusion
