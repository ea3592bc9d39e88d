// How tightly groups of reviewers hang together: what they share, and how alike their days and ratings are.
#include "../kernels/base.hpp"
#include "../kernels/hash.hpp"
#include "../kernels/rounding.hpp"
#include "../kernels/sort.hpp"

namespace collusion::tightness {

// The bits of the hash of a pair from this on choose where its share is cached: after multiplication both names decide upon the high bits.
constexpr int SHIFT = 40;
// Columns of the result.
constexpr int64_t COLUMNS = 6;

// The reviews of each reviewer, by product.
struct Reviews {
    View<const int64_t> indptr;
    View<const int32_t> product;
    View<const int32_t> day;   // empty where unknown
    View<const float> rating;  // as above
    int64_t no_day;

    // The review of a product by reviewer u, -1 where there is none.
    int64_t at(int32_t p, int32_t u) const {
        int64_t end = indptr[u + 1], at = lower_bound(product.data, indptr[u], end, p);
        return at < end && product[at] == p ? at : -1;
    }

    // The products that both reviewed.
    int64_t both(int64_t u, int64_t v) const {
        int64_t i = indptr[u], i_end = indptr[u + 1], j = indptr[v], j_end = indptr[v + 1], both = 0;
        while (i < i_end && j < j_end) {
            int32_t first = product[i], second = product[j];
            both += first == second;
            i += first <= second;
            j += second <= first;
        }
        return both;
    }
};

// The shares of pairs seen before, where they are still cached: groups overlap.
struct Shares {
    View<int64_t> pair;
    View<double> share;

    // The mean over pairs of members of the products of both over those of either, summed in fixed point, so that nothing depends on names.
    double mean(Call &call, View<const int32_t> group, const Reviews &reviews) {
        int64_t pairs = group.n * (group.n - 1) / 2;
        // As many bits as leave room for the sum.
        int bits = 62;
        for (int64_t left = pairs; left > 0; left >>= 1) bits--;
        double unit = (double)((int64_t)1 << min(bits, 52));
        int64_t total = 0;
        for (int64_t k = 0; k < group.n; k++) {
            int64_t u = group[k], own = reviews.indptr[u + 1] - reviews.indptr[u];
            for (int64_t other = k + 1; other < group.n; other++) {
                int64_t v = group[other], name = u << 32 | v, at = cell(name, pair.n - 1, SHIFT);
                if (pair[at] != name) {
                    int64_t both = reviews.both(u, v), either = own + reviews.indptr[v + 1] - reviews.indptr[v] - both;
                    if (either == 0) call.fail(1, "`members`: two without reviews");
                    pair[at] = name;
                    share[at] = (double)both / (double)either;
                }
                total += rounded(share[at] * unit);
            }
        }
        return (double)total / unit / (double)pairs;
    }
};

static double sum(View<const double> values) {
    double total = 0.0;
    for (double value : values) total += value;
    return total;
}

// The variance, the same in any order the values come; sorts them.
static double variance(View<double> values) {
    sort(values);
    double mean = sum(values) / (double)values.n, total = 0.0;
    for (double value : values) total += (value - mean) * (value - mean);
    return total / (double)values.n;
}

// The mean, nan of none, the same in any order the values come; sorts them.
static double mean(View<double> values) {
    sort(values);
    return values.n ? sum(values) / (double)values.n : (double)NAN;
}

}  // namespace collusion::tightness

KERNEL(group_tightness) {
    using namespace collusion::tightness;
    View<const int64_t> ends = call.array<int64_t>("ends");
    View<const int32_t> members = call.array<int32_t>("members");
    View<const int64_t> p_ends = call.array<int64_t>("p_ends", ends.n);
    View<const int32_t> product_lists = call.array<int32_t>("products");
    Reviews reviews{};
    reviews.indptr = call.array<int64_t>("indptr");
    reviews.product = call.array<int32_t>("product");
    View<const int64_t> received = call.array<int64_t>("received");
    reviews.day = call.array<int32_t>("day");
    reviews.no_day = call.integer("no_day");
    reviews.rating = call.array<float>("rating");
    int64_t span = call.integer("span", 1);
    int64_t cached_pairs = call.integer("cached", 1, 1 << 24);
    call.rows("ends", ends, members.n);
    call.rows("p_ends", p_ends, product_lists.n);
    call.rows("indptr", reviews.indptr, reviews.product.n);
    call.below("members", members, reviews.indptr.n - 1);
    call.below("products", product_lists, received.n);
    call.below("product", reviews.product, received.n);
    if (reviews.day.n && reviews.day.n != reviews.product.n) call.fail(1, "`day`: expected an entry a review, or none");
    if (reviews.rating.n && reviews.rating.n != reviews.product.n) call.fail(1, "`rating`: expected an entry a review, or none");
    if (cached_pairs & (cached_pairs - 1)) call.fail(1, "`cached`: %lld is no power of two", (long long)cached_pairs);

    int64_t largest = 0, widest = 0;
    for (int64_t g = 0; g + 1 < ends.n; g++) {
        int64_t size = ends[g + 1] - ends[g], width = p_ends[g + 1] - p_ends[g];
        if (size < 2 || width < 1) call.fail(1, "`ends`, `p_ends`: a group of fewer than two members, or without products");
        largest = max(largest, size);
        widest = max(widest, width);
    }
    // A pair that repeats counts again, so 32 bits might be few.
    View<int64_t> count = call.zeros<int64_t>(received.n);
    View<int32_t> touched = call.make<int32_t>(received.n);
    Shares shares{call.full<int64_t>(cached_pairs, -1), call.make<double>(cached_pairs)};
    View<double> varies = call.make<double>(widest), steady = call.make<double>(widest);
    View<double> stars = call.make<double>(largest), days = call.make<double>(largest);
    Grid<double> result = call.make_grid<double>(ends.n - 1, COLUMNS);
    for (int64_t g = 0; g + 1 < ends.n; g++) {
        View<const int32_t> group = members.part(ends[g], ends[g + 1]), products = product_lists.part(p_ends[g], p_ends[g + 1]);
        int64_t n = 0;
        for (int32_t u : group)
            for (int64_t e = reviews.indptr[u]; e < reviews.indptr[u + 1]; e++) {
                int32_t p = reviews.product[e];
                if (count[p]++ == 0) touched[n++] = p;
            }
        int64_t common = 0, edges = 0;
        for (int64_t i = 0; i < n; i++) common += count[touched[i]] == group.n;
        double ratio = 0.0;
        for (int32_t p : products) {
            if (received[p] < 1) call.fail(1, "`received`: a product of a group was reviewed by nobody");
            edges += count[p];
            ratio = max(ratio, (double)count[p] / (double)received[p]);
        }
        for (int64_t i = 0; i < n; i++) count[touched[i]] = 0;
        View<double> row = result[g];
        row[0] = (double)edges / (double)(group.n * products.n);
        row[1] = shares.mean(call, group, reviews);
        row[2] = (double)common / (double)n;
        row[4] = ratio;

        int64_t n_rated = 0, n_dated = 0;
        for (int32_t p : products) {
            int64_t n_stars = 0, n_days = 0;
            for (int32_t u : group) {
                int64_t e = reviews.at(p, u);
                if (e < 0) continue;
                if (reviews.rating.n && !isnan(reviews.rating[e])) stars[n_stars++] = (double)reviews.rating[e];
                if (reviews.day.n && reviews.day[e] != reviews.no_day) days[n_days++] = (double)reviews.day[e];
            }
            if (n_stars) varies[n_rated++] = variance(stars.part(0, n_stars));
            if (n_days) steady[n_dated++] = max(1.0 - sqrt(variance(days.part(0, n_days))) / (double)span, 0.0);
        }
        row[3] = mean(varies.part(0, n_rated));
        row[5] = mean(steady.part(0, n_dated));
    }
    call.give(result);
}
