// Dates drawn for the reviews of a group, product by product, and how many pairs of them are near each other.
#include "base.hpp"
#include "hash.hpp"
#include "sort.hpp"

namespace collusion::dates {

// Bits of a word that are no digits of a number from 0 to 1, and those below its upper half.
constexpr int DIGITS = 11, UPPER = 32;
// What no number from 0 to 1 reaches, in units of 2 ** -53.
constexpr int64_t TOP = (int64_t)1 << 53;

// What the draws of a product are keyed by: the seed, the dates ``time[lo:hi]``, and of these the group's. A product is known by its
// dates, counted from its first, so that neither its name nor its position among the others matters. O(dates).
static uint64_t product_key(uint64_t seed, const int32_t *time, int64_t lo, int64_t hi, View<const int64_t> own) {
    const int64_t first = time[lo];
    uint64_t every = 0, ours = 0;
    // Sums of hashes, which need not wait for each other.
    for (int64_t i = lo; i < hi; i++) every += mix64((uint64_t)((int64_t)time[i] - first));
    for (int64_t i = 0; i < own.n; i++) ours += mix64((uint64_t)(own.data[i] - first));
    return mix64(mix64(seed ^ every) ^ ours);
}

// How many pairs of the first n values, ascending, are within ``window`` of each other. O(n).
static int64_t near_pairs(const int64_t *values, int64_t n, int64_t window) {
    int64_t first = 0, found = 0;
    for (int64_t i = 0; i < n; i++) {
        while (values[i] - values[first] > window) first++;
        found += i - first;
    }
    return found;
}

// The digits of n numbers from 0 to 1, in units of 2 ** -53: those from ``start`` on of a key. O(n).
static void numbers(uint64_t key, int64_t start, int64_t *words, int64_t n) {
    for (int64_t i = 0; i < n; i++) words[i] = (int64_t)(random_word(key, start + i) >> DIGITS);
}

// How many of n numbers are ``limit`` or smaller. O(n), several at a time.
static int64_t reached(const int64_t *words, int64_t n, int64_t limit) {
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) found += words[i] <= limit;
    return found;
}

// A number that k of those given do not exceed: which are the k smallest of them, k below n. O(n), a few times.
static int64_t limit_of(const int64_t *words, int64_t n, int64_t k) {
    int64_t low = -1, high = TOP, few = 0, many = n;
    while (high - low > 1) {
        // Numbers are even, so the one asked for is between the bounds where its rank is between theirs.
        int64_t step = (int64_t)((double)(high - low) * (((double)(k - few) + 0.5) / ((double)(many - few) + 1.0)));
        int64_t limit = low + min(max(step, (int64_t)1), high - low - 1), found = reached(words, n, limit);
        if (found == k) return limit;
        if (found < k) {
            low = limit;
            few = found;
        } else {
            high = limit;
            many = found;
        }
    }
    return high;
}

// For each position from ``lo`` on the first one whose date is within ``window`` before it. O(n).
static void nearest(const int32_t *time, int64_t lo, int64_t hi, int64_t window, int64_t *near) {
    int64_t first = lo;
    for (int64_t i = lo; i < hi; i++) {
        while ((int64_t)time[i] - (int64_t)time[first] > window) first++;
        near[i - lo] = first - lo;
    }
}

// How many pairs of positions with a number of at most ``limit`` are near each other, by the `nearest` of each. O(n).
static int64_t pairs_below(const int64_t *words, int64_t n, int64_t limit, const int64_t *near, int64_t *before) {
    int64_t found = 0, chosen = 0;
    for (int64_t i = 0; i < n; i++) {
        before[i] = chosen;
        // Without a branch, which nobody could foresee.
        int64_t one = words[i] <= limit;
        found += one * (chosen - before[near[i]]);
        chosen += one;
    }
    return found;
}

// Memory for the positions of one draw.
struct Places {
    View<uint64_t> drawn;
    View<int64_t> chosen, count;

    static Places make(Call &call, int64_t n) { return {call.make<uint64_t>(n), call.make<int64_t>(n), call.zeros<int64_t>(n + 1)}; }
};

// Draw k positions of n, with equal probabilities: fill ``chosen``, ascending. By the numbers from ``start`` on of a key.
// ``count`` contains k + 1 zeros, and does so again afterwards. O(k).
static void draw_places(uint64_t key, int64_t start, int64_t n, int64_t k, const Places &places) {
    uint64_t *drawn = places.drawn.data;
    int64_t *chosen = places.chosen.data, *count = places.count.data;
    // About as many buckets as positions, so that little is left for insertion.
    const uint64_t scale = ((uint64_t)k << UPPER) / (uint64_t)n;
    for (int64_t i = 0; i < k; i++) {
        drawn[i] = (uint64_t)random_below(key, start + i, n);
        count[((drawn[i] * scale) >> UPPER) + 1]++;
    }
    for (int64_t b = 0; b < k; b++) count[b + 1] += count[b];
    for (int64_t i = 0; i < k; i++) chosen[count[(drawn[i] * scale) >> UPPER]++] = (int64_t)drawn[i];
    memset(count, 0, (size_t)(k + 1) * sizeof(int64_t));
    insertion_sort(chosen, k, [](int64_t a, int64_t b) { return a < b; });
}

// The dates at the positions ``lo:hi`` that are not among the group's ``own``, both ascending.
static void dates_of_others(const int32_t *time, int64_t lo, int64_t hi, View<const int64_t> own, int64_t *others) {
    int64_t filled = 0, mine = 0;
    for (int64_t i = lo; i < hi; i++) {
        if (mine < own.n && own.data[mine] == i)
            mine++;
        else
            others[filled++] = time[i];
    }
}

// Fill the dates at those of the k chosen positions, ascending, that are below n; return how many. Positions are among those from ``lo`` on
// without the group's, before each of which are ``own[j] - j - lo`` of these. O(k).
static int64_t dates_at(const int32_t *time, int64_t lo, View<const int64_t> own, int64_t n, const int64_t *chosen, int64_t k,
                        int64_t *dates) {
    int64_t mine = 0;
    for (int64_t i = 0; i < k; i++) {
        if (chosen[i] >= n) return i;
        while (mine < own.n && own.data[mine] - mine <= lo + chosen[i]) mine++;
        dates[i] = time[lo + chosen[i] + mine];
    }
    return k;
}

// Put ``n`` more dates, which are sorted for it, among the first m, which ascend.
static void merge(int64_t *dates, int64_t m, int64_t *more, int64_t n) {
    sort(more, n);
    int64_t i = m - 1, j = n - 1;
    while (j >= 0) {
        if (i >= 0 && dates[i] > more[j]) {
            dates[i + j + 1] = dates[i];
            i--;
        } else {
            dates[i + j + 1] = more[j];
            j--;
        }
    }
}

// What both kernels take: dates of products, of which some are the group's.
struct Products {
    View<const int32_t> time;
    View<const int64_t> lo, hi, own, days, indptr;
    int64_t window, many;
    uint64_t seed;
    View<double> drawn;

    // ``places`` is whether the positions of the group's dates come before the dates.
    static Products read(Call &call, bool places) {
        Products one{};
        one.time = call.array<int32_t>("time");
        one.lo = call.array<int64_t>("lo");
        one.hi = call.array<int64_t>("hi", one.lo.n);
        one.own = call.array<int64_t>("own");
        one.days = places ? call.array<int64_t>("days", one.own.n) : one.own;
        one.indptr = call.array<int64_t>("o_indptr", one.lo.n + 1);
        one.window = call.integer("window", 0);
        one.seed = (uint64_t)call.integer("seed");
        one.many = call.integer("long", 0);
        one.drawn = call.output<double>("drawn");
        if (one.time.n > INT32_MAX) call.fail(1, "`time`: more reviews than 32 bits can number");
        call.within("lo", one.lo, 0, one.time.n + 1);
        call.within("hi", one.hi, 0, one.time.n + 1);
        call.rows("o_indptr", one.indptr, one.own.n);
        for (int64_t j = 0; j < one.lo.n; j++)
            if (one.lo[j] >= one.hi[j] || one.size(j) > one.hi[j] - one.lo[j] || one.size(j) < 1)
                call.fail(1, "`lo`, `hi`, `o_indptr`: a product without a date, or with fewer than the group has of it");
        return one;
    }
    int64_t size(int64_t j) const { return indptr[j + 1] - indptr[j]; }
    View<const int64_t> days_of(int64_t j) const { return days.part(indptr[j], indptr[j + 1]); }
};

// The draws of one product, of members each in their own time.
static void draw_own_times(Call &call, const Products &in, int64_t j, uint64_t key) {
    const int64_t lo = in.lo[j], hi = in.hi[j], n = hi - lo, k = in.size(j), draws = in.drawn.n;
    const int32_t *time = in.time.data;
    View<const int64_t> own = in.own.part(in.indptr[j], in.indptr[j + 1]);
    const int64_t begin = time[lo], end = time[hi - 1], used = draws * k;
    const bool few = n <= in.many;
    View<int64_t> anywhere = call.make<int64_t>(k), words = call.make<int64_t>(few ? n : 0), others = call.make<int64_t>(few ? n : 0);
    // One more than the group's: what is not chosen is written and then overwritten, without a branch that nobody could foresee.
    View<int64_t> dates = call.make<int64_t>(max(few ? n : 0, k) + 1);
    Places places = Places::make(call, k);
    if (few) dates_of_others(time, lo, hi, own, others.data);
    for (int64_t d = 0; d < draws; d++) {
        int64_t m = 0;
        if (few && k < n) {
            numbers(key, used + d * n, words.data, n);
            const int64_t limit = limit_of(words.data, n, k);
            for (int64_t i = 0; i < n - k; i++) {
                dates.data[m] = others.data[i];
                m += words.data[i] <= limit;
            }
        } else if (k < n) {
            draw_places(key, used + d * k, n, k, places);
            m = dates_at(time, lo, own, n - k, places.chosen.data, k, dates.data);
        }
        // Of equal numbers at the limit all are taken.
        m = min(m, k);
        for (int64_t i = m; i < k; i++) anywhere.data[i] = begin + random_below(key, d * k + i, end - begin + 1);
        merge(dates.data, m, anywhere.data + m, k - m);
        in.drawn.data[d] += (double)near_pairs(dates.data, k, in.window);
    }
    call.release(anywhere);
    call.release(words);
    call.release(others);
    call.release(dates);
    call.release(places.drawn);
    call.release(places.chosen);
    call.release(places.count);
}

}  // namespace collusion::dates

KERNEL(draw_from_product) {
    using namespace collusion::dates;
    Products in = Products::read(call, false);
    const int32_t *time = in.time.data;
    int64_t room = 0;
    for (int64_t j = 0; j < in.lo.n; j++) room = max(room, min(in.hi[j] - in.lo[j], max(in.many, in.size(j))));
    View<int64_t> words = call.make<int64_t>(room), near = call.make<int64_t>(room), before = call.make<int64_t>(room);
    View<int64_t> dates = call.make<int64_t>(room);
    Places places = Places::make(call, room);
    int64_t observed = 0;
    for (int64_t j = 0; j < in.lo.n; j++) {
        const int64_t start = in.lo[j], n = in.hi[j] - start, k = in.size(j);
        const int64_t own = near_pairs(in.days_of(j).data, k, in.window);
        observed += own;
        if (k == n) {
            for (double &one : in.drawn) one += (double)own;
            continue;
        }
        const uint64_t key = product_key(in.seed, time, start, in.hi[j], in.days_of(j));
        if (n <= in.many) nearest(time, start, in.hi[j], in.window, near.data);
        for (int64_t d = 0; d < in.drawn.n; d++) {
            if (n <= in.many) {
                numbers(key, d * n, words.data, n);
                in.drawn.data[d] += (double)pairs_below(words.data, n, limit_of(words.data, n, k), near.data, before.data);
            } else {
                draw_places(key, d * k, n, k, places);
                for (int64_t i = 0; i < k; i++) dates.data[i] = time[start + places.chosen.data[i]];
                in.drawn.data[d] += (double)near_pairs(dates.data, k, in.window);
            }
        }
    }
    call.give(observed);
}

KERNEL(draw_own_times) {
    using namespace collusion::dates;
    Products in = Products::read(call, true);
    int64_t observed = 0;
    for (int64_t j = 0; j < in.lo.n; j++) {
        observed += near_pairs(in.days_of(j).data, in.size(j), in.window);
        draw_own_times(call, in, j, product_key(in.seed, in.time.data, in.lo[j], in.hi[j], in.days_of(j)));
    }
    call.give(observed);
}
