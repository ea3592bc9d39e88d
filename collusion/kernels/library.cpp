// What the library reports about itself, and the memory that it hands over.
#include "base.hpp"

// Does nothing: shows that the kernels of a level are present.
KERNEL(ping) {}

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
