// Packed strings: which are empty, and all of them in another order.
#include "base.hpp"

namespace collusion::strings {

// Strings that are prefetched ahead; twice as many for the indices that lead there.
constexpr int64_t AHEAD = 16;

static void gather(Call &call, View<const int64_t> offsets, View<const uint8_t> data, View<const int32_t> order) {
    int64_t last = order.n - 1;
    const int64_t *start = offsets.data;
    const int32_t *code = order.data;
    View<int64_t> out_offsets = call.make<int64_t>(order.n + 1);
    int64_t end = out_offsets[0] = 0;
    bool beyond = false;
    for (int64_t k = 0; k < order.n; k++) {
        prefetch(start + code[min(k + AHEAD, last)]);
        beyond |= __builtin_add_overflow(end, start[code[k] + 1] - start[code[k]], &end);
        out_offsets.data[k + 1] = end;
    }
    if (beyond) call.no_memory(INT64_MAX, 1);
    View<uint8_t> out = call.make<uint8_t>(end);
    for (int64_t k = 0; k < order.n; k++) {
        prefetch(start + code[min(k + 2 * AHEAD, last)]);
        prefetch(data.data + start[code[min(k + AHEAD, last)]]);
        const int64_t *to = out_offsets.data + k;
        if (to[1] > to[0]) memcpy(out.data + to[0], data.data + start[code[k]], (size_t)(to[1] - to[0]));
    }
    call.give(out_offsets);
    call.give(out);
}

template <class Offset>
static int64_t unset(View<const Offset> offsets, View<const uint8_t> data, View<uint8_t> valid, int64_t visible, int64_t beyond,
                     int32_t *out) {
    int64_t n = 0;
    for (int64_t i = 0; i < valid.n; i++) {
        if (offsets.data[i] == offsets.data[i + 1]) {
            valid.data[i] = 0;
        } else if (valid.data[i]) {
            int64_t byte = data.data[offsets.data[i]];
            if (byte < visible || byte >= beyond) out[n++] = (int32_t)i;
        }
    }
    return n;
}

}  // namespace collusion::strings

KERNEL(gather_strings) {
    using namespace collusion;
    View<const int64_t> offsets = call.array<int64_t>("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<const int32_t> order = call.array<int32_t>("order");
    call.rows("offsets", offsets, data.n);
    call.below("order", order, offsets.n - 1);
    strings::gather(call, offsets, data, order);
}

KERNEL(unset_empty) {
    using namespace collusion;
    Array &offsets = call.any("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<bool> marks = call.output<bool>("valid");
    View<uint8_t> valid{(uint8_t *)marks.data, marks.n};  // whatever its bytes are
    int64_t visible = call.integer("visible"), beyond = call.integer("beyond");
    View<int32_t> out = call.output<int32_t>("out", valid.n);
    if (valid.n > INT32_MAX) call.fail(1, "`valid`: %lld strings are more than codes of 32 bits tell apart", (long long)valid.n);
    call.with<int32_t, int64_t>("offsets", offsets, [&](auto at) {
        if (at.n != valid.n + 1) call.fail(1, "`offsets`: expected %lld entries, got %lld", (long long)(valid.n + 1), (long long)at.n);
        call.rows("offsets", at, data.n);
        call.give(strings::unset(at, data, valid, visible, beyond, out.data));
    });
}
