// Sums for one-way analyses of variance of ratings, without a column of values.
#include "base.hpp"

namespace collusion::variance {

// What is summed: ratings; what is left of ratings after the mean of their product.
constexpr int64_t RATING = 0, LEFT = 1;

}  // namespace collusion::variance

KERNEL(sums_by) {
    auto group = call.array<int32_t>("group");
    auto rating = call.array<float>("rating", group.n);
    const bool left = call.integer("what", variance::RATING, variance::LEFT) == variance::LEFT;
    auto product = call.array<int32_t>("product", group.n);
    auto mean = call.array<double>("mean");
    auto several = call.array<bool>("several", mean.n);
    auto count = call.output<int32_t>("count");
    auto total = call.output<double>("total", count.n);
    call.below("group", group, count.n);
    if (left) call.below("product", product, mean.n);
    double every = 0.0, squares = 0.0;
    for (int64_t i = 0; i < rating.n; i++) {
        double value = (double)rating.data[i];
        if (value != value) continue;
        if (left) {
            int32_t p = product.data[i];
            if (!several.data[p]) continue;
            value = value - mean.data[p];
        }
        int32_t g = group.data[i];
        count.data[g]++;
        total.data[g] += value;
        every += value;
        squares += value * value;
    }
    call.give(every);
    call.give(squares);
}
