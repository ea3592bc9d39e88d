// Times to days and seconds of the day, in one pass over them.
#include "base.hpp"

namespace collusion::clock {

// What `split_days` returns where times are at different seconds of their days, and where there is no time.
constexpr int64_t DIFFERENT = -1, NONE = -2;

// Whole numbers from 0 up to this one have a double whose bits are theirs and an exponent.
constexpr int64_t EXACT = (1LL << 51) - 1;

// The lowest 51 bits of a number as a double.
static inline double exact(int64_t value) {
    int64_t bits = (value & EXACT) | 0x4330000000000000;  // 2**52 + value
    double sum;
    memcpy(&sum, &bits, sizeof sum);
    return sum - 0x1p52;
}

static int64_t split(const int64_t *values, int64_t n, int64_t per_day, int64_t nothing, int64_t *days) {
    int64_t same = NONE;
    // A product and a check take a fifth of a division of 64 bits; the product is at most one off.
    double scale = 1.0 / (double)per_day;
    for (int64_t i = 0; i < n; i++) {
        int64_t value = values[i];
        if (value == nothing) {
            days[i] = nothing;
            continue;
        }
        int64_t day = (int64_t)floor((double)value * scale);
        int64_t rest = value - day * per_day;
        if (rest < 0) {
            day--;
            rest += per_day;
        } else if (rest >= per_day) {
            day++;
            rest -= per_day;
        }
        days[i] = day;
        if (rest != same && same != DIFFERENT) same = same == NONE ? rest : DIFFERENT;
    }
    return same;
}

}  // namespace collusion::clock

KERNEL(split_days) {
    View<const int64_t> values = call.array<int64_t>("values");
    // From 2 on, all days are well within 64 bits.
    int64_t per_day = call.integer("per_day", 2), nothing = call.integer("nothing");
    View<int64_t> days = call.output<int64_t>("days", values.n);
    call.give(clock::split(values.data, values.n, per_day, nothing, days.data));
}

KERNEL(seconds_of_day) {
    View<const int64_t> values = call.array<int64_t>("values"), days = call.array<int64_t>("days", values.n);
    int64_t per_day = call.integer("per_day", 1, clock::EXACT), per_second = call.integer("per_second", 1, per_day);
    View<int32_t> out = call.output<int32_t>("out", values.n);
    double ticks = (double)per_second, scale = 1.0 / ticks;
    for (int64_t i = 0; i < values.n; i++) {
        // Ticks of a day are exact in a double, and so is whether the product fell below a whole number. All of it is done in doubles,
        // which processors have instructions for that do several at a time.
        double rest = clock::exact(values.data[i] - days.data[i] * per_day);
        double second = floor(rest * scale);
        second += ((second + 1.0) * ticks <= rest ? 1.0 : 0.0) - (second * ticks > rest ? 1.0 : 0.0);
        out.data[i] = (int32_t)min(second, 2147483647.0);
    }
}

KERNEL(believed_days) {
    View<const int64_t> days = call.array<int64_t>("days");
    int64_t nothing = call.integer("nothing");
    int64_t low = call.integer("low", INT32_MIN, INT32_MAX), high = call.integer("high", INT32_MIN, INT32_MAX);
    int64_t no_time = call.integer("no_time", INT32_MIN, INT32_MAX);
    View<int32_t> out = call.output<int32_t>("out", days.n);
    View<bool> wrong = call.output<bool>("wrong", days.n);
    for (int64_t i = 0; i < days.n; i++) {
        int64_t day = days.data[i];
        bool believed = (low <= day) & (day < high);
        out.data[i] = (int32_t)(believed ? day : no_time);
        wrong.data[i] = !believed & (day != nothing);
    }
}
