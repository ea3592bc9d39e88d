// Ties between products that the same reviewers return to, and what the reviewers of a product review at other times.
#include "base.hpp"
#include "hash.hpp"
#include "sort.hpp"

namespace collusion::taste {

// Periods are distinguished by their number modulo this: the bits of a byte.
constexpr int64_t BITS = 8;
// Reviews that are prefetched ahead, so that the waits for memory overlap.
constexpr int64_t AHEAD = 24;
// Bits of a position within a reviewer's reviews on the core products.
constexpr int POSITION = 20;
constexpr uint64_t POSITIONS = ((uint64_t)1 << POSITION) - 1;

static int64_t period_of(int32_t time, int64_t first, int64_t days) { return floor_divide((int64_t)time - first, days); }

}  // namespace collusion::taste

KERNEL(colour_products) {
    auto indptr = call.array<int64_t>("indptr");
    auto products = call.array<int64_t>("products");
    auto reviewer = call.array<int32_t>("reviewer");
    auto time = call.array<int32_t>("time", reviewer.n);
    const int64_t first = call.integer("first");
    auto colours = call.array<uint64_t>("colours");
    auto out = call.output<uint64_t>("out", products.n);
    call.rows("indptr", indptr, reviewer.n);
    call.below("products", products, indptr.n - 1);
    call.below("reviewer", reviewer, colours.n);
    for (int64_t i = 0; i < products.n; i++) {
        int64_t p = products[i];
        uint64_t total = 0;
        for (int64_t s = indptr[p]; s < indptr[p + 1]; s++)
            total += mix64(colours[reviewer[s]] ^ mix64((uint64_t)((int64_t)time[s] - first)));
        out[i] = total;
    }
}

KERNEL(tie_reviews) {
    using namespace collusion::taste;
    auto order = call.array<int64_t>("order");
    auto indptr = call.array<int64_t>("indptr");
    auto colours = call.array<uint64_t>("colours", indptr.n - 1);
    auto product = call.array<int32_t>("product");
    auto day = call.array<int32_t>("day", product.n);
    const int64_t apart = call.integer("apart"), steps = call.integer("steps", 0);
    auto keys = call.output<uint64_t>("key", product.n);
    auto ties = call.output_grid<int32_t>("ties", -1, 3);
    call.rows("indptr", indptr, product.n);
    call.below("order", order, indptr.n - 1);
    if (product.n > INT32_MAX) call.fail(1, "`product`: more reviews than 32 bits can number");
    int64_t n = 0;
    for (int64_t u : order) {
        const int64_t begin = indptr[u], m = indptr[u + 1] - begin;
        if (m > (int64_t)POSITIONS) call.fail(1, "`indptr`: a reviewer has %lld reviews or more", (long long)POSITIONS);
        uint64_t *key = keys.data + begin;
        for (int64_t i = 0; i < m; i++) {
            uint64_t word = mix64(colours[u] ^ mix64((uint64_t)(int64_t)product[begin + i]));
            key[i] = (word & ~POSITIONS) | (uint64_t)i;
        }
        sort(key, m);
        for (int64_t step = 1; step <= min(steps, m / 2); step++) {
            // Half a circle away, each pair would be tied twice.
            const int64_t until = 2 * step == m ? step : m;
            for (int64_t i = 0; i < until; i++) {
                const int64_t after = i + step < m ? i + step : i + step - m;
                int64_t s = begin + (int64_t)(key[i] & POSITIONS), t = begin + (int64_t)(key[after] & POSITIONS);
                int64_t gap = (int64_t)day[s] - (int64_t)day[t];
                if ((gap < 0 ? -gap : gap) <= apart) continue;
                if (n == ties.rows) call.fail(1, "`ties`: no room for all of them");
                int32_t *tie = ties.data + 3 * n++;
                tie[0] = (int32_t)s;
                tie[1] = (int32_t)t;
                tie[2] = (int32_t)u;
            }
        }
    }
    call.give(n);
}

KERNEL(add_ties) {
    auto ties = call.grid<int32_t>("ties", -1, 3);
    auto product = call.array<int32_t>("product");
    auto month = call.array<int32_t>("month", product.n);
    auto between = call.output_grid<double>("between");
    auto inside = call.output_grid<double>("inside", between.rows);
    auto across = call.output_grid<double>("across", between.rows, inside.columns);
    auto months = call.output_grid<double>("months", inside.columns, inside.columns);
    call.below("product", product, min(between.rows, between.columns));
    call.below("month", month, inside.columns);
    for (int64_t i = 0; i < ties.rows; i++) {
        const int32_t *tie = ties.data + 3 * i;
        if (tie[0] < 0 || tie[0] >= product.n || tie[1] < 0 || tie[1] >= product.n) call.fail(1, "`ties`: a position beyond the reviews");
        for (int way = 0; way < 2; way++) {
            int32_t s = tie[way], t = tie[1 - way];
            between[product[s]][product[t]] += 1.0;
            inside[product[s]][month[s]] += 1.0;
            across[product[s]][month[t]] += 1.0;
            months[month[s]][month[t]] += 1.0;
        }
    }
}

KERNEL(sum_by_reviewer) {
    auto ties = call.grid<int32_t>("ties", -1, 3);
    auto product = call.array<int32_t>("product");
    auto month = call.array<int32_t>("month", product.n);
    auto value = call.grid<double>("value");
    const int64_t k = value.columns;
    auto mean = call.grid<double>("mean", -1, k);
    auto own = call.output<double>("own", k), total = call.output<double>("total", k), square = call.output<double>("square", k);
    call.below("product", product, value.rows);
    call.below("month", month, mean.rows);
    for (int64_t j = 0; j < k; j++) own[j] = total[j] = square[j] = 0.0;
    for (int64_t i = 0; i < ties.rows; i++) {
        const int32_t *tie = ties.data + 3 * i;
        if (tie[0] < 0 || tie[0] >= product.n || tie[1] < 0 || tie[1] >= product.n) call.fail(1, "`ties`: a position beyond the reviews");
        const double *value_s = value[product[tie[0]]].data, *value_t = value[product[tie[1]]].data;
        const double *mean_s = mean[month[tie[0]]].data, *mean_t = mean[month[tie[1]]].data;
        for (int64_t j = 0; j < k; j++) own.data[j] += (value_s[j] - mean_s[j]) * (value_t[j] - mean_t[j]);
        if (i + 1 < ties.rows && tie[5] == tie[2]) continue;
        for (int64_t j = 0; j < k; j++) {
            total[j] += own[j];
            square[j] += own[j] * own[j];
            own[j] = 0.0;
        }
    }
}

KERNEL(mark_periods) {
    using namespace collusion::taste;
    auto indptr = call.array<int64_t>("indptr");
    auto edges = call.array<int32_t>("edges");
    auto product = call.array<int32_t>("product");
    auto time = call.array<int32_t>("time", product.n);
    const int64_t none = call.integer("none"), first = call.integer("first", INT32_MIN, INT32_MAX), days = call.integer("days", 1, INT32_MAX);
    auto label = call.array<int8_t>("label");
    auto marks = call.output_grid<uint8_t>("marks", indptr.n - 1);
    call.rows("indptr", indptr, edges.n);
    call.below("edges", edges, product.n);
    call.below("product", product, label.n);
    call.within("label", label, -1, marks.columns);
    const int64_t k = marks.columns, last = edges.n - 1;
    const int32_t *edge = edges.data;
    memset(marks.data, 0, (size_t)(marks.rows * k));
    for (int64_t u = 0; u < marks.rows; u++) {
        uint8_t *own = marks.data + u * k;
        const int64_t end = indptr[u + 1];
        for (int64_t e = indptr[u]; e < end; e++) {
            int32_t ahead = edge[min(e + 2 * AHEAD, last)];
            prefetch(product, ahead);
            prefetch(time, ahead);
            prefetch(label, product.data[edge[min(e + AHEAD, last)]]);
            int32_t s = edge[e];
            int8_t c = label.data[product.data[s]];
            if (c >= 0 && time.data[s] != none) own[c] |= (uint8_t)(1 << (period_of(time.data[s], first, days) & (BITS - 1)));
        }
    }
}

KERNEL(label_products) {
    using namespace collusion::taste;
    auto indptr = call.array<int64_t>("indptr");
    auto reviewer = call.array<int32_t>("reviewer");
    auto time = call.array<int32_t>("time", reviewer.n);
    const int64_t none = call.integer("none"), first = call.integer("first", INT32_MIN, INT32_MAX), days = call.integer("days", 1, INT32_MAX);
    auto open = call.array<bool>("open_", indptr.n - 1);
    auto marks = call.grid<uint8_t>("marks");
    const int64_t k = marks.columns;
    const Array &worths = call.typed<int32_t>("worth", BITS, 3);
    auto bursts = call.output<int64_t>("burst", k);
    auto scores = call.output<double>("score", k);
    auto out = call.output<int8_t>("out", indptr.n - 1);
    if (k < 1 || k > INT8_MAX) call.fail(1, "`marks`: expected from 1 to %d columns, got %lld", INT8_MAX, (long long)k);
    if (worths.shape[1] != 256 || worths.shape[2] != k) call.fail(1, "`worth`: expected the shape (%d, 256, %lld)", (int)BITS, (long long)k);
    call.rows("indptr", indptr, reviewer.n);
    call.below("reviewer", reviewer, marks.rows);
    const int64_t last = reviewer.n - 1;
    const int32_t *worth = (const int32_t *)worths.data;
    int64_t *burst = bursts.data;
    double *score = scores.data;
    for (int64_t p = 0; p + 1 < indptr.n; p++) {
        if (!open[p]) continue;
        for (int64_t j = 0; j < k; j++) {
            score[j] = 0.0;
            burst[j] = 0;
        }
        int64_t n = 0;
        const int64_t begin = indptr[p], end = indptr[p + 1];
        int64_t following = begin < end ? period_of(time[begin], first, days) : 0;
        for (int64_t s = begin; s < end; s++) {
            prefetch(marks.data + (int64_t)reviewer.data[min(s + AHEAD, last)] * k);
            const int64_t period = following;
            following = s + 1 < end ? period_of(time.data[s + 1], first, days) : period + 1;
            if (time.data[s] == none) continue;
            const uint8_t *marked = marks.data + (int64_t)reviewer.data[s] * k;
            const int32_t *own = worth + (period & (BITS - 1)) * 256 * k;
            for (int64_t j = 0; j < k; j++) burst[j] += own[marked[j] * k + j];
            n++;
            if (following == period) continue;
            const double weight = 1.0 / sqrt((double)n);
            for (int64_t j = 0; j < k; j++) {
                score[j] += (double)burst[j] * weight;
                burst[j] = 0;
            }
            n = 0;
        }
        int64_t best = 0;
        for (int64_t j = 1; j < k; j++)
            if (score[j] > score[best]) best = j;
        out[p] = score[best] > 0 ? (int8_t)best : (int8_t)-1;
    }
}
