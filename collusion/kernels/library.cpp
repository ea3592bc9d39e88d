// What the library tells of itself, the memory that it hands over, and what all kernels share, so that tests reach it.
#include "base.hpp"
#include "hash.hpp"
#include "sort.hpp"

// Nothing: tells that the kernels of a level are there.
KERNEL(ping) {}

// Sort values in place: by quicksort, or by merging, as where the order of equal values is kept.
KERNEL(sort_values) {
    using namespace collusion;
    View<int64_t> values = call.output<int64_t>("values");
    bool stable = call.flag("stable");
    if (stable)
        stable_sort(values.data, call.make<int64_t>(values.n).data, values.n, [](int64_t a, int64_t b) { return (a >> 8) < (b >> 8); });
    else
        sort(values);
}

// Replace words by their hashes.
KERNEL(hash_words) {
    using namespace collusion;
    for (uint64_t &word : call.output<uint64_t>("words")) word = mix64(word);
}

#ifdef COLLUSION_FIRST  // once for all levels

// How many bytes the door packs for one array; the layouts must be the same.
COLLUSION_EXPORT int64_t collusion_array_bytes(void) { return (int64_t)sizeof(collusion::Array); }

// Free what a kernel gave.
COLLUSION_EXPORT void collusion_free(void *data) {
    if (data) free((collusion::Call::Block *)data - 1);
}

// Whether this processor has what the kernels of x86-64-v3 use.
COLLUSION_EXPORT int32_t collusion_has_v3(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

#endif
