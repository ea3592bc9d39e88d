// Tails of many binomials at once.
#include "base.hpp"
#include "tails.hpp"

KERNEL(binomial_tails) {
    using namespace collusion;
    View<const int64_t> count = call.array<int64_t>("count"), trials = call.array<int64_t>("trials", count.n);
    View<const double> chance = call.array<double>("chance", count.n);
    View<double> tail = call.output<double>("tail", count.n);
    call.within("trials", trials, 0, MOST_TRIALS + 1);
    for (int64_t i = 0; i < count.n; i++) tail[i] = binomial_tail(count[i], trials[i], chance[i]);
}
