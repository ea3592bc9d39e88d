// Hashes of 64-bit words (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
#pragma once
#include "base.hpp"

namespace collusion {

// 2**64 over the golden ratio, made odd: the step of the generator, and a multiplier that spreads codes over a table (Knuth).
constexpr uint64_t GOLDEN = 0x9E3779B97F4A7C15u;
constexpr uint64_t MIX1 = 0xBF58476D1CE4E5B9u;
constexpr uint64_t MIX2 = 0x94D049BB133111EBu;

// A bijection, each bit of which depends on all.
inline uint64_t finalise(uint64_t x) {
    x = (x ^ (x >> 30)) * MIX1;
    x = (x ^ (x >> 27)) * MIX2;
    return x ^ (x >> 31);
}

// `finalise` after a step that keeps 0 from being a fixed point.
inline uint64_t mix64(uint64_t x) { return finalise(x + GOLDEN); }

// Number k (from 0) of the random words that SplitMix64 draws when seeded with ``key``: any of them without those before.
inline uint64_t random_word(uint64_t key, int64_t k) { return finalise(key + GOLDEN * (uint64_t)(k + 1)); }

// Number k of a key in [0, n), for n up to 2**31: the high bits of a 64-bit product (bias below n / 2**33).
inline int64_t random_below(uint64_t key, int64_t k, int64_t n) {
    return (int64_t)(((random_word(key, k) >> 31) * (uint64_t)n) >> 33);
}

// The cells of a table for n: a power of two, which is n at least.
inline int64_t cells_for(int64_t n) {
    int64_t cells = 64;
    while (cells < n) cells *= 2;
    return cells;
}

// The cell of a key of at least 0 among ``mask + 1``, a power of two; ``shift`` is the lowest bit of the hash that chooses it.
inline int64_t cell(int64_t key, int64_t mask, int shift = 32) { return (int64_t)((((uint64_t)key * GOLDEN) >> shift) & (uint64_t)mask); }

}  // namespace collusion
