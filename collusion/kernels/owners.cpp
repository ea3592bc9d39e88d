// Attributes of each product from its rows: one pass, without a sort.
#include "base.hpp"

namespace collusion::owners {

// Rows that are prefetched ahead.
constexpr int64_t AHEAD = 16;

}  // namespace collusion::owners

KERNEL(add_codes) {
    View<const int32_t> owner = call.array<int32_t>("owner");
    View<const int32_t> code = call.array<int32_t>("code", owner.n);
    View<const bool> ok = call.array<bool>("ok", owner.n);
    View<int32_t> first = call.output<int32_t>("first");
    View<int32_t> times = call.output<int32_t>("times", first.n);
    View<int64_t> total = call.output<int64_t>("total");
    View<int64_t> other = call.output<int64_t>("other", owner.n);
    int64_t n = 0;
    for (int64_t i = 0; i < owner.n; i++) {
        int64_t ahead = min(i + owners::AHEAD, owner.n - 1);
        prefetch(first, owner.data[ahead]);
        prefetch(times, owner.data[ahead]);
        prefetch(total, code.data[ahead]);
        int32_t c = code.data[i], o = owner.data[i];
        if (c < 0 || !ok.data[i]) continue;
        // Rows come once: to look at them twice would take longer.
        if (c >= total.n) call.fail(1, "`code`: %d, but there are %lld codes", (int)c, (long long)total.n);
        if (o < 0 || o >= first.n) call.fail(1, "`owner`: %d, but there are %lld owners", (int)o, (long long)first.n);
        total.data[c]++;
        if (first.data[o] < 0) first.data[o] = c;
        if (first.data[o] == c)
            times.data[o]++;
        else
            other.data[n++] = (int64_t)o << 32 | (int64_t)c;
    }
    call.give(n);
}

KERNEL(count_codes) {
    Array &codes = call.any("code");
    View<int64_t> out = call.output<int64_t>("out");
    call.with<int16_t, int32_t, int64_t>("code", codes, [&](auto code) {
        for (int64_t i = 0; i < code.n; i++) {
            int64_t c = (int64_t)code.data[i];
            if ((uint64_t)c < (uint64_t)out.n)
                out.data[c]++;
            else if (c >= 0)
                call.fail(1, "`code`: %lld, but there are %lld codes", (long long)c, (long long)out.n);
        }
    });
}
