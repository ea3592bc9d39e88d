// Greedy shaving of a set of reviewers by HoloScope's contrast suspiciousness.
#include "../kernels/base.hpp"
#include "../kernels/heap.hpp"
#include "../kernels/rounding.hpp"

namespace collusion::contrast {

// What 1.0 is in the integers of a probability.
constexpr int64_t ONE = 1 << 20;
// Classes of ratings: bad, middling, good.
constexpr int64_t CLASSES = 3;

// The set as it is, product by product: reviews, burst weight, ratings by class; and what it is compared with.
struct State {
    View<int64_t> count, burst, own;
    View<const int64_t> degree, bursts, whole;
    double base, widest;
    bool topology, times, ratings;

    // KL(own || others) of a product's ratings, each class with one more, times the balance of the two.
    double divergence(int64_t p) const {
        const int64_t *mine_in = own.data + p * CLASSES, *all_in = whole.data + p * CLASSES;
        int64_t mine = 0, others = 0;
        for (int64_t c = 0; c < CLASSES; c++) {
            mine += mine_in[c] + 1;
            others += all_in[c] - mine_in[c] + 1;
        }
        double total = 0.0;
        for (int64_t c = 0; c < CLASSES; c++) {
            double share = (double)(mine_in[c] + 1) / (double)mine;
            total += share * log(share * (double)others / (double)(all_in[c] - mine_in[c] + 1));
        }
        return total * min((double)mine / (double)others, (double)others / (double)mine);
    }

    // P(p | set) in units of `ONE`; 0 for a product that the set did not review.
    int64_t probability(int64_t p) const {
        if (count[p] == 0) return 0;
        double exponent = 0.0;
        if (topology) exponent += (double)count[p] / (double)degree[p] - 1.0;
        if (times) exponent += (bursts[p] > 0 ? (double)burst[p] / (double)bursts[p] : 0.0) - 1.0;
        if (ratings) exponent += (widest > 0.0 ? min(divergence(p) / widest, 1.0) : 0.0) - 1.0;
        return rounded((double)ONE * pow(base, exponent));
    }
};

}  // namespace collusion::contrast

KERNEL(shave_by_contrast) {
    using namespace collusion::contrast;
    View<const int64_t> u_indptr = call.array<int64_t>("indptr of reviewers");
    View<const int32_t> u_edges = call.array<int32_t>("edges of reviewers");
    View<const int64_t> p_indptr = call.array<int64_t>("indptr of products");
    View<const int32_t> p_edges = call.array<int32_t>("edges of products", u_edges.n);
    View<const int32_t> user = call.array<int32_t>("user", u_edges.n), product = call.array<int32_t>("product", u_edges.n);
    View<const int64_t> weight = call.array<int64_t>("weight", u_edges.n), level = call.array<int64_t>("level", u_edges.n);
    View<const int64_t> worth = call.array<int64_t>("worth", p_indptr.n - 1);
    State state{};
    state.degree = call.array<int64_t>("degree", worth.n);
    state.bursts = call.array<int64_t>("bursts", worth.n);
    Grid<const int64_t> whole = call.grid<int64_t>("whole", worth.n, CLASSES);
    state.whole = whole.flat();
    state.base = call.real("base");
    state.topology = call.flag("topology");
    state.times = call.flag("times");
    state.ratings = call.flag("ratings");
    call.rows("indptr of reviewers", u_indptr, u_edges.n);
    call.rows("indptr of products", p_indptr, p_edges.n);
    int64_t users = u_indptr.n - 1, products = p_indptr.n - 1;
    if (max(users, products) > INT32_MAX) call.fail(1, "more reviewers or products than 32 bits number");
    call.below("edges of reviewers", u_edges, u_edges.n);
    call.below("edges of products", p_edges, p_edges.n);
    call.below("user", user, users);
    call.below("product", product, products);
    call.within("level", level, -1, CLASSES);

    state.count = call.zeros<int64_t>(products);
    state.burst = call.zeros<int64_t>(products);
    state.own = call.zeros<int64_t>(call.checked(products, CLASSES));
    for (int64_t e = 0; e < user.n; e++) {
        int64_t p = product[e];
        state.count[p]++;
        state.burst[p] += weight[e];
        if (level[e] >= 0) state.own[p * CLASSES + level[e]]++;
    }
    for (int64_t p = 0; p < products; p++)
        if (state.degree[p] < state.count[p]) call.fail(1, "`degree`: product %lld has more reviews in the set than at all", (long long)p);
    // The scale of the divergences is that of the set to start with.
    if (state.ratings) {
        for (int64_t i = 0; i < state.own.n; i++)
            if (state.whole[i] < state.own[i]) call.fail(1, "`whole`: fewer ratings of a class than the set has");
        for (int64_t p = 0; p < products; p++) state.widest = max(state.widest, state.divergence(p));
    }
    View<int64_t> chance = call.make<int64_t>(products);
    int64_t above = 0, below = users * ONE;
    for (int64_t p = 0; p < products; p++) {
        chance[p] = state.probability(p);
        above += worth[p] * state.count[p] * chance[p];
        below += chance[p];
    }
    View<int64_t> key = call.zeros<int64_t>(users);
    View<int32_t> heap = call.make<int32_t>(users), at = call.make<int32_t>(users);
    for (int64_t u = 0; u < users; u++) {
        for (int64_t i = u_indptr[u]; i < u_indptr[u + 1]; i++) {
            int64_t p = product[u_edges[i]];
            key[u] += worth[p] * chance[p];
        }
        heap[u] = at[u] = (int32_t)u;
    }
    for (int64_t i = users / 2 - 1; i >= 0; i--) sift_down(heap, at, key, i, users);
    View<int32_t> batch = call.full<int32_t>(users, -1), dirty = call.make<int32_t>(products);
    View<bool> marked = call.zeros<bool>(products);
    int64_t best = 0, best_above = above, best_below = below, size = users, number = 0;
    while (size > 0) {
        int64_t lowest = key[heap[0]], touched = 0;
        while (size > 0 && key[heap[0]] == lowest) {
            int32_t u = heap[0];
            batch[u] = (int32_t)number;
            size--;
            below -= ONE;
            if (size > 0) {
                heap[0] = heap[size];
                at[heap[0]] = 0;
                sift_down(heap, at, key, 0, size);
            }
            for (int64_t i = u_indptr[u]; i < u_indptr[u + 1]; i++) {
                int64_t e = u_edges[i], p = product[e];
                if (!marked[p]) {
                    marked[p] = true;
                    dirty[touched++] = (int32_t)p;
                    above -= worth[p] * state.count[p] * chance[p];
                }
                state.count[p]--;
                state.burst[p] -= weight[e];
                if (level[e] >= 0) state.own[p * CLASSES + level[e]]--;
            }
        }
        number++;
        for (int64_t k = 0; k < touched; k++) {
            int64_t p = dirty[k];
            marked[p] = false;
            int64_t now = state.probability(p), change = worth[p] * (now - chance[p]);
            below += now - chance[p];
            chance[p] = now;
            above += worth[p] * state.count[p] * now;
            if (change == 0) continue;
            for (int64_t i = p_indptr[p]; i < p_indptr[p + 1]; i++) {
                int64_t u = user[p_edges[i]];
                if (batch[u] >= 0) continue;
                key[u] += change;
                if (change < 0)
                    sift_up(heap, at, key, at[u]);
                else
                    sift_down(heap, at, key, at[u], size);
            }
        }
        if (size > 0 && (double)above / (double)below > (double)best_above / (double)best_below) {
            best = number;
            best_above = above;
            best_below = below;
        }
    }
    call.give(batch);
    call.give(best);
    call.give(best_above);
    call.give(best_below);
}
