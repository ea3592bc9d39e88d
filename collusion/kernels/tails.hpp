// Bounds and tails of counts, and which of many pass at a false-discovery rate.
#pragma once
#include "sort.hpp"

namespace collusion {

// A lower bound on -ln P(X >= x) for a sum X of independent terms in [0, 1] with the given mean (Hoeffding 1963, theorem 1): the
// multiplicative form x ln(x / mean) - x + mean; 0 where x does not exceed the mean.
inline double chernoff(double x, double mean) {
    if (x <= mean) return 0.0;
    if (mean <= 0.0) return x * 64.0;
    return x * log(x / mean) - x + mean;
}

// ln Gamma(x), x > 0, without the sign that C keeps in a variable that all threads share.
inline double log_gamma(double x) {
#if defined(_WIN32) || defined(__APPLE__)
    return lgamma(x);
#else
    int sign;
    return lgamma_r(x, &sign);
#endif
}

// Trials up to which the logarithms below are exact enough for a sum of terms that ends soon.
constexpr int64_t MAX_TRIALS = (int64_t)1 << 40;

// P(X >= count) for X ~ Binomial(trials, chance): the first term by logarithms, the others by their ratios.
inline double binomial_tail(int64_t count, int64_t trials, double chance) {
    if (count <= 0) return 1.0;
    if (chance <= 0.0) return 0.0;
    if (chance >= 1.0) return 1.0;
    bool upper = (double)count > (double)trials * chance;
    // Terms fall off on the side that leads away from the mode.
    int64_t k = upper ? count : count - 1;
    double n = (double)trials;
    double term = exp(log_gamma(n + 1.0) - log_gamma((double)k + 1.0) - log_gamma((double)(trials - k) + 1.0) + (double)k * log(chance) +
                      (double)(trials - k) * log1p(-chance));
    double odds = chance / (1.0 - chance);
    double total = 0.0;
    while (term > 0.0 && 0 <= k && k <= trials) {
        total += term;
        if (term < total * 1e-17) break;
        if (upper) {
            term *= (double)(trials - k) / ((double)k + 1.0) * odds;
            k++;
        } else {
            term *= (double)k / (((double)(trials - k) + 1.0) * odds);
            k--;
        }
    }
    return upper ? min(total, 1.0) : max(1.0 - total, 0.0);
}

// The largest p-value that passes at a false-discovery rate (Benjamini and Hochberg 1995) out of ``tested``; -1 for none. Sorts ``tail``.
inline double largest_discovery(View<double> tail, int64_t tested, double rate) {
    sort(tail);
    int64_t m = max(tested, tail.n);
    for (int64_t i = tail.n - 1; i >= 0; i--)
        if (tail[i] <= rate * (double)(i + 1) / (double)m) return tail[i];
    return -1.0;
}

}  // namespace collusion
