// Loopy belief propagation on pairwise Markov random fields of two states, in log-odds and fixed point.
#include "../kernels/base.hpp"
#include "../kernels/rounding.hpp"

namespace collusion::beliefs {

// One nat in fixed point.
constexpr double UNIT = 0x1p38;
// Log-odds beyond which a stronger belief of the sender changes no message.
constexpr double SURE = 60.0;

// The belief of node v: its prior plus all messages that it received.
static inline int64_t belief(View<const int64_t> indptr, View<const int64_t> prior, const int64_t *received, int64_t v) {
    int64_t total = prior[v];
    for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) total += received[e];
    return total;
}

}  // namespace collusion::beliefs

KERNEL(belief_round) {
    using namespace collusion::beliefs;
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> back = call.array<int32_t>("back"), kind = call.array<int32_t>("kind", back.n);
    Array &potentials = call.typed<double>("potentials", -1, 3);
    View<const int64_t> prior = call.array<int64_t>("prior", indptr.n - 1), received = call.array<int64_t>("received", back.n);
    View<int64_t> sent = call.output<int64_t>("sent", back.n);
    double damping = call.real("damping");
    call.rows("indptr", indptr, back.n);
    call.below("back", back, back.n);
    if (potentials.shape[1] != 2 || potentials.shape[2] != 2) call.fail(1, "`potentials`: expected a table of 2 x 2 for each kind");
    call.below("kind", kind, potentials.shape[0]);

    const double *tables = (const double *)potentials.data;
    for (int64_t k = 0; k < 4 * potentials.shape[0]; k++)
        if (!(tables[k] > 0.0 && isfinite(tables[k]))) call.fail(1, "`potentials`: expected finite values above 0, got %g", tables[k]);
    int64_t largest = 0;
    for (int64_t v = 0; v + 1 < indptr.n; v++) {
        int64_t total = belief(indptr, prior, received.data, v);
        for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) {
            // The belief of v without the message of this neighbour.
            double odds = exp(min(max((double)(total - received[e]) / UNIT, -SURE), SURE));
            const double *table = tables + 4 * (int64_t)kind[e];
            double message = log((table[1] + table[3] * odds) / (table[0] + table[2] * odds));
            int64_t before = received[back[e]];  // messages are stored by receiver
            int64_t after = rounded((1.0 - damping) * message * UNIT + damping * (double)before), change = after - before;
            largest = max(largest, change < 0 ? -change : change);
            sent[back[e]] = after;
        }
    }
    call.give(largest);
}

KERNEL(belief_log_odds) {
    using namespace collusion::beliefs;
    View<const int64_t> indptr = call.array<int64_t>("indptr"), prior = call.array<int64_t>("prior", indptr.n - 1);
    View<const int64_t> received = call.array<int64_t>("received");
    call.rows("indptr", indptr, received.n);
    View<double> log_odds = call.make<double>(prior.n);
    for (int64_t v = 0; v < prior.n; v++) log_odds[v] = (double)belief(indptr, prior, received.data, v) / UNIT;
    call.give(log_odds);
}
