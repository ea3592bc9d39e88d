// Draws of a log, each review from its number alone: any part of the log can be drawn by itself, in any order, on any thread.
#include "base.hpp"
#include "hash.hpp"

namespace collusion::draw_log {

constexpr double ONE = 1.0 / (1LL << 53);
// Share of a reviewer's reviews that are in one of three categories of their own.
constexpr double FAVOURITE = 0.6;
// Share of reviews written by somebody who wrote another one within the hour.
constexpr double SITTING = 0.35;
// Share of reviews that a sale or a mention brings to one product within two weeks.
constexpr double BURST = 0.02;

// A real number without its fraction; the least integer where it is none or too large, as x86 has it (C leaves that open).
static int64_t whole_of(double x) { return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN; }

// Blocks of accounts or products on a line: their edges, where in them to begin to look, and the members of a block.
struct Blocks {
    View<const double> edges;
    View<const int32_t> guide;
    int64_t block, categories;

    static Blocks read(Call &call, const char *edges, const char *guide) {
        Blocks one;
        one.edges = call.array<double>(edges);
        one.guide = call.array<int32_t>(guide);
        one.block = call.integer("members of a block", 1, INT32_MAX);
        one.categories = 1;
        if (!one.guide.n) call.fail(1, "`%s`: expected at least one entry, got none", guide);
        call.below(guide, one.guide, one.edges.n);
        return one;
    }
    // The block that contains x: the last edge at or below it. O(1) on average.
    int64_t place(double x) const {
        int64_t per_category = guide.n / categories;
        int64_t at = guide[min(max(whole_of(x * (double)per_category), (int64_t)0), guide.n - 1)];
        while (at + 1 < edges.n && edges[at + 1] <= x) at++;
        return at;
    }
    // A member of the block that contains x; of the members the k-th is drawn with density k ** -0.56: v ** 2.25 of a uniform v, without
    // `pow`.
    int64_t member(double x, double v) const { return place(x) * block + whole_of((double)block * heavy(v)); }
    static double heavy(double v) { return v * v * sqrt(sqrt(v)); }
};

struct Log {
    uint64_t seed;
    Blocks people, products;
    View<const double> share;
    View<const int64_t> sellers;
    int64_t windows, bursts_per_window;  // spans of the log that have bursts of their own, and bursts in each

    // Read what is known of products, categories and sellers, in this order.
    void read_products(Call &call) {
        products = Blocks::read(call, "edges of products", "guide of products");
        share = call.array<double>("share");
        sellers = call.array<int64_t>("sellers", share.n + 1);
        if (!share.n || share.n > INT8_MAX) call.fail(1, "`share`: expected 1 to %d categories", INT8_MAX);
        products.categories = share.n;
    }
};

// The k-th draw of a key, uniform in (0, 1).
static double unit(uint64_t key, int64_t k) { return ((double)(finalise(key + (uint64_t)k * GOLDEN) >> 11) + 0.5) * ONE; }

static uint64_t key_of(uint64_t seed, uint64_t kind, int64_t number) {
    return finalise(finalise(seed + kind * MIX2) + (uint64_t)number * GOLDEN);
}

// When, on the log's clock from 0 to 1, what is reviewed at u began: just before, some time ago, or at any time before.
static double age(uint64_t key, int64_t k, double u, double some, double just, const double *lengths) {
    double v = unit(key, k), e = -log(unit(key, k + 1)), at = -1.0;
    if (v < just)
        at = u - lengths[0] * e;
    else if (v < some)
        at = u - lengths[1] * e;
    return at >= 0.0 ? at : u * unit(key, k + 2);
}

static int64_t reviewer_of(const Log &log, int64_t i, int64_t n) {
    constexpr double LENGTHS[] = {0.004, 0.06};
    uint64_t key = key_of(log.seed, 1, i);
    double u = ((double)i + 0.5) / (double)n;
    return log.people.member(age(key, 1, u, 0.5, 0.1, LENGTHS), unit(key, 4));
}

static int64_t category_of(double v, View<const double> share) {
    int64_t c = 0;
    while (c + 1 < share.n && share[c] <= v) c++;
    return c;
}

// The category of a review: one of the reviewer's own three, mostly the first, or any.
static int64_t taste(const Log &log, uint64_t key, int64_t reviewer) {
    double v = unit(key, 5);
    if (v >= FAVOURITE) return category_of(unit(key, 6), log.share);
    int64_t which = v < 0.6 * FAVOURITE ? 0 : v < 0.85 * FAVOURITE ? 1 : 2;
    return category_of(unit(key_of(log.seed, 2, reviewer), which), log.share);
}

struct Product {
    int64_t code, category;
};

// The product and the category of a review written at u.
static Product product_of(const Log &log, uint64_t key, double u, int64_t reviewer) {
    constexpr double LENGTHS[] = {0.004, 0.05};
    int64_t c = taste(log, key, reviewer);
    double x = (double)c + min(age(key, 7, u, 0.7, 0.3, LENGTHS), 1.0 - 1e-9);
    return {log.products.member(x, unit(key, 10)), c};
}

// The same of a review that one of the bursts of its time brought.
static Product burst(const Log &log, uint64_t key, double u) {
    int64_t window = whole_of(u * (double)log.windows);
    double v = unit(key, 11);
    int64_t which = whole_of((double)log.bursts_per_window * (v * v));
    uint64_t of = key_of(log.seed, 3, window * log.bursts_per_window + which);
    int64_t c = category_of(unit(of, 0), log.share);
    return {log.products.member((double)c + unit(of, 1) * (double)window / (double)log.windows, unit(of, 2)), c};
}

// 1 to 5: mostly 5, by the product, by how lenient the reviewer is, and by chance.
static int8_t rating_of(const Log &log, uint64_t key, int64_t reviewer, int64_t product) {
    double lean = 0.9 * (unit(key_of(log.seed, 4, product), 0) - 0.5) + 0.5 * (unit(key_of(log.seed, 5, reviewer), 0) - 0.5);
    double v = unit(key, 12) * (1.0 + lean);
    if (v < 0.085) return 1;
    if (v < 0.13) return 2;
    if (v < 0.19) return 3;
    return v < 0.32 ? 4 : 5;
}

// The seller of a product: few products each, but for some large ones.
static int64_t seller_of(const Log &log, Product product) {
    int64_t first = log.sellers[product.category], end = log.sellers[product.category + 1];
    return first + whole_of((double)(end - first) * Blocks::heavy(unit(key_of(log.seed, 6, product.code), 0)));
}

// What is drawn of each review beside its author and its time.
struct Drawn {
    View<int64_t> product;
    View<int8_t> rating, category;
    View<int64_t> seller;

    static Drawn read(Call &call, int64_t n, View<int64_t> product) {
        auto rating = call.output<int8_t>("rating", n), category = call.output<int8_t>("category", n);
        return {product, rating, category, call.output<int64_t>("seller", n)};
    }
    void fill(const Log &log, int64_t k, uint64_t key, int64_t reviewer, Product own) const {
        product[k] = own.code;
        category[k] = (int8_t)own.category;
        rating[k] = rating_of(log, key, reviewer, own.code);
        seller[k] = seller_of(log, own);
    }
};

}  // namespace collusion::draw_log

KERNEL(draw_reviews) {
    using namespace collusion::draw_log;
    draw_log::Log log{};
    log.seed = (uint64_t)call.integer("seed");
    int64_t start = call.integer("start", 0), n = call.integer("n", 1);
    double sitting = call.real("sitting");
    log.windows = call.integer("windows", 1, INT32_MAX);
    log.bursts_per_window = call.integer("bursts in each", 1, INT32_MAX);
    log.people = Blocks::read(call, "edges of people", "guide of people");
    log.read_products(call);
    View<int64_t> reviewer = call.output<int64_t>("reviewer"), product = call.output<int64_t>("product", reviewer.n);
    View<double> when = call.output<double>("when", reviewer.n);
    auto out = Drawn::read(call, reviewer.n, product);
    if (start > n - reviewer.n) call.fail(1, "`start`: the reviews go beyond %lld", (long long)n);
    for (int64_t k = 0; k < reviewer.n; k++) {
        int64_t i = start + k, source = i;
        uint64_t key = key_of(log.seed, 0, i);
        // The clock runs such that reviews a day grow in proportion to time.
        when[k] = sqrt(((double)i + unit(key, 0)) / (double)n);
        double u = ((double)i + 0.5) / (double)n;
        if (unit(key, 1) < SITTING) {
            int64_t back = whole_of(-::log(unit(key, 2)) * max(1.0, sitting * sqrt(u)));
            source = back < 0 || back > i - 1 ? 0 : i - 1 - back;
        }
        reviewer[k] = reviewer_of(log, source, n);
        Product own = unit(key, 3) < BURST ? burst(log, key, u) : product_of(log, key, u, reviewer[k]);
        out.fill(log, k, key, reviewer[k], own);
    }
}

KERNEL(draw_for) {
    using namespace collusion::draw_log;
    draw_log::Log log{};
    log.seed = (uint64_t)call.integer("seed");
    int64_t start = call.integer("start", 0);
    View<const int64_t> reviewer = call.array<int64_t>("reviewer");
    View<const double> u = call.array<double>("u", reviewer.n);
    log.read_products(call);
    auto out = Drawn::read(call, reviewer.n, call.output<int64_t>("product", reviewer.n));
    for (int64_t k = 0; k < reviewer.n; k++) {
        uint64_t key = key_of(log.seed, 0, start + k);
        out.fill(log, k, key, reviewer[k], product_of(log, key, u[k], reviewer[k]));
    }
}

KERNEL(write_ids) {
    constexpr int64_t BITS = 5;  // of a digit
    View<const int64_t> numbers = call.array<int64_t>("numbers");
    int64_t digits = call.integer("digits", 1, 12);
    View<const uint8_t> prefix = call.array<uint8_t>("prefix"), alphabet = call.array<uint8_t>("alphabet", 1 << BITS);
    Grid<uint8_t> text = call.output_grid<uint8_t>("text", numbers.n, prefix.n + digits);
    uint64_t mask = ((uint64_t)1 << (BITS * digits)) - 1;
    int half = (int)(BITS * digits / 2 + 1);
    for (int64_t k = 0; k < numbers.n; k++) {
        // Odd factors and shifts to the right can be undone: no two numbers become one, and neighbours do not look alike.
        uint64_t x = ((uint64_t)numbers[k] * MIX1) & mask;
        x ^= x >> half;
        x = (x * MIX2) & mask;
        x ^= x >> half;
        View<uint8_t> id = text[k];
        for (int64_t j = 0; j < prefix.n; j++) id[j] = prefix[j];
        for (int64_t j = 0; j < digits; j++) {
            id[prefix.n + j] = alphabet[(int64_t)(x & 31)];
            x >>= BITS;
        }
    }
}
