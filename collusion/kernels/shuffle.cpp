// Permutation of reviewers within segments, and the repair of what a permutation must not bring together.
#include "base.hpp"
#include "colours.hpp"
#include "hash.hpp"
#include "sort.hpp"

namespace collusion::shuffle {

// Entries that are prefetched ahead; twice as many for the indices that lead there.
constexpr int64_t AHEAD = 16;
// Rounds of a repair, at most.
constexpr int64_t MAX_TRIES = 1 << 20;

// Dates and ratings of reviews, where there are any.
struct Columns {
    const int32_t *time;
    bool dated;
    const uint32_t *bits;
    bool rated;

    static Columns read(Call &call, int64_t n) {
        Columns one{};
        auto time = call.array<int32_t>("time");
        one.dated = call.flag("dated");
        auto bits = call.array<uint32_t>("bits");
        one.rated = call.flag("rated");
        if (one.dated && time.n != n) call.fail(1, "`time`: expected an entry a review");
        if (one.rated && bits.n != n) call.fail(1, "`bits`: expected an entry a review");
        one.time = time.data;
        one.bits = bits.data;
        return one;
    }
};

template <class Segment>
static void sort_reviews(Call &call, View<const int32_t> products, View<const int64_t> indptr, View<const Segment> segments,
                          const Columns &columns, View<int64_t> cursors, View<int32_t> orders) {
    const Segment *of = segments.data;
    const int32_t *time = columns.time;
    const uint32_t *bits = columns.bits;
    const bool dated = columns.dated, rated = columns.rated;
    int64_t *cursor = cursors.data;
    int32_t *order = orders.data;
    const int64_t last = products.n - 1;
    int64_t longest = 0;
    for (int64_t p = 0; p + 1 < indptr.n; p++) longest = max(longest, indptr.data[p + 1] - indptr.data[p]);
    View<int64_t> key = call.make<int64_t>(rated ? longest : 0);
    for (int64_t k = 0; k <= last; k++) {
        prefetch(indptr, products.data[min(k + 2 * AHEAD, last)]);
        int64_t ahead = indptr.data[products.data[min(k + AHEAD, last)]];
        prefetch(of + ahead);
        if (dated) prefetch(time + ahead);
        if (rated) prefetch(bits + ahead);
        int64_t s = indptr[products[k]], end = indptr[products[k] + 1];
        while (s < end) {
            int64_t next_day = s + 1;
            while (next_day < end && (!dated || time[next_day] == time[s])) next_day++;
            bool several = rated && next_day > s + 1;
            if (several) {
                for (int64_t i = s; i < next_day; i++)
                    key.data[i - s] = ((rating_word(bits[i]) - ((int64_t)1 << 31)) * ((int64_t)1 << 32)) | (i - s);
                sort(key.data, next_day - s);
            }
            for (int64_t i = s; i < next_day; i++) {
                int64_t at = several ? s + (key.data[i - s] & 0xFFFFFFFF) : i;
                int64_t to = cursor[of[at]];
                if ((uint64_t)to >= (uint64_t)orders.n) call.fail(1, "`cursor`: a segment has more reviews than there is room for");
                order[to] = (int32_t)at;
                cursor[of[at]] = to + 1;
            }
            s = next_day;
        }
    }
}

template <class Segment>
static void sort_reviewers(Call &call, View<const int32_t> reviewers, View<const int64_t> indptr, View<const int32_t> rows,
                            View<const Segment> segments, View<int64_t> cursors, View<int32_t> members) {
    const int32_t *edges = rows.data;
    const Segment *of = segments.data;
    int64_t *cursor = cursors.data;
    const int64_t last = rows.n ? reviewers.n - 1 : -1;
    for (int64_t k = 0; k <= last; k++) {
        prefetch(indptr, reviewers.data[min(k + 3 * AHEAD, last)]);
        prefetch(rows, indptr.data[reviewers.data[min(k + 2 * AHEAD, last)]]);
        prefetch(segments, edges[min(indptr.data[reviewers.data[min(k + AHEAD, last)]], rows.n - 1)]);
        int32_t u = reviewers[k];
        for (int64_t i = indptr[u]; i < indptr[u + 1]; i++) {
            Segment s = of[edges[i]];
            int64_t to = cursor[s];
            if ((uint64_t)to >= (uint64_t)members.n) call.fail(1, "`cursor`: a segment has more reviews than there is room for");
            members.data[to] = u;
            cursor[s] = to + 1;
        }
    }
}

// The reviews of each product and of each reviewer.
struct Log {
    View<const int32_t> product;
    View<const int64_t> product_indptr, indptr;

    // The position of reviewer u's first review that is ``least`` or later.
    int64_t first(const int32_t *edges, int64_t u, int64_t least) const {
        return lower_bound(edges, indptr.data[u], indptr.data[u + 1], least);
    }
    // How many reviews of product p reviewer u has; 2 means two or more.
    int64_t copies(const int32_t *edges, int64_t u, int64_t p) const {
        int64_t at = first(edges, u, product_indptr.data[p]), end = product_indptr.data[p + 1], found = 0;
        while (found < 2 && at + found < indptr.data[u + 1] && edges[at + found] < end) found++;
        return found;
    }
};

// Whether review a comes after b by date and rating.
static bool is_later(int64_t a, int64_t b, const Columns &columns) {
    if (columns.dated && columns.time[a] != columns.time[b]) return columns.time[a] > columns.time[b];
    return columns.rated && rating_word(columns.bits[a]) > rating_word(columns.bits[b]);
}

// Enter a key into an open-addressing table; return whether it was there before.
static bool is_claimed(View<int64_t> keys, int64_t key) {
    const int64_t mask = keys.n - 1;
    int64_t at = cell(key, mask);
    while (keys.data[at] != -1 && keys.data[at] != key) at = (at + 1) & mask;
    bool there = keys.data[at] == key;
    keys.data[at] = key;
    return there;
}

// Replace a review of reviewer u by another one, and put the row in order again.
static void exchange(Call &call, const Log &log, View<int32_t> edges, int64_t u, int64_t old, int64_t one) {
    const int64_t begin = log.indptr[u], end = log.indptr[u + 1];
    int64_t at = log.first(edges.data, u, old);
    if (at >= end) call.fail(1, "`edges`: a reviewer's row lacks a review of the reviewer");
    while (at + 1 < end && edges[at + 1] < one) {
        edges[at] = edges[at + 1];
        at++;
    }
    while (at > begin && edges[at - 1] > one) {
        edges[at] = edges[at - 1];
        at--;
    }
    edges[at] = (int32_t)one;
}

struct Segments {
    View<const int32_t> order;
    View<const int64_t> starts, sizes;
};

template <class Segment>
static int64_t repair(Call &call, const Segments &in, View<const Segment> of, View<int32_t> reviewer, const Log &log, View<int32_t> edges,
                      View<const int32_t> repeats, uint64_t seed, int64_t tries) {
    const int64_t n = reviewer.n, n_products = log.product_indptr.n - 1;
    View<int32_t> owner = call.make<int32_t>(repeats.n);
    View<int64_t> still = call.make<int64_t>(repeats.n), partner = call.make<int64_t>(repeats.n);
    for (int64_t i = 0; i < repeats.n; i++) {
        still[i] = i;
        owner[i] = reviewer[repeats[i]];
    }
    View<int64_t> table = call.make<int64_t>(cells_for(8 * repeats.n));
    int64_t left = repeats.n;
    // One look more than there are rounds, to count what is left.
    for (int64_t t = 0; t <= tries; t++) {
        int64_t before = left;
        left = 0;
        for (int64_t k = 0; k < before; k++) {
            int64_t i = still[k];
            int32_t s = repeats[i];
            if (reviewer[s] == owner[i] && log.copies(edges.data, owner[i], log.product[s]) > 1) still[left++] = i;
        }
        if (left == 0 || t == tries) break;
        View<int64_t> keys = table.part(0, cells_for(8 * left));
        for (int64_t at = 0; at < keys.n; at++) keys.data[at] = -1;
        for (int64_t k = 0; k < left; k++) {
            int64_t i = still[k];
            int32_t s = repeats[i];
            int64_t u = owner[i], p = log.product[s];
            int64_t start = in.starts[of[s]], size = in.sizes[of[s]];
            if (start < 0 || size < 1 || start > in.order.n || size > in.order.n - start)
                call.fail(1, "`starts`, `sizes`: a segment is empty or reaches beyond the reviews");
            int64_t j = in.order[start + random_below(seed, i * tries + t, size)];
            int64_t v = reviewer[j], q = log.product[j];
            partner[k] = -1;
            if (u == v || p == q) continue;
            if (log.copies(edges.data, u, q) || log.copies(edges.data, v, p)) continue;
            // Reviews and new pairs as keys of one table. Each is entered, independent of the others.
            bool taken = is_claimed(keys, s);
            taken |= is_claimed(keys, j);
            taken |= is_claimed(keys, n + u * n_products + q);
            taken |= is_claimed(keys, n + v * n_products + p);
            if (!taken) partner[k] = j;
        }
        for (int64_t k = 0; k < left; k++) {
            int64_t j = partner[k];
            if (j < 0) continue;
            int64_t s = repeats[still[k]];
            int32_t u = reviewer[s], v = reviewer[j];
            reviewer[s] = v;
            reviewer[j] = u;
            exchange(call, log, edges, u, s, j);
            exchange(call, log, edges, v, j, s);
        }
    }
    return left;
}

}  // namespace collusion::shuffle

KERNEL(sort_reviews) {
    auto products = call.array<int32_t>("products");
    auto indptr = call.array<int64_t>("indptr");
    Array &of = call.any("of");
    const int64_t n = of.shape[0];
    auto columns = shuffle::Columns::read(call, n);
    auto cursor = call.output<int64_t>("cursor");
    auto order = call.output<int32_t>("order");
    call.rows("indptr", indptr, n);
    call.below("products", products, indptr.n - 1);
    call.with<int16_t, int32_t>("of", of, [&](auto segments) {
        call.below("of", segments, cursor.n);
        shuffle::sort_reviews(call, products, indptr, segments, columns, cursor, order);
    });
}

KERNEL(sort_reviewers) {
    auto reviewers = call.array<int32_t>("reviewers");
    auto indptr = call.array<int64_t>("indptr");
    auto edges = call.array<int32_t>("edges");
    Array &of = call.any("of");
    auto cursor = call.output<int64_t>("cursor");
    auto members = call.output<int32_t>("members");
    call.rows("indptr", indptr, edges.n);
    call.below("reviewers", reviewers, indptr.n - 1);
    call.below("edges", edges, of.shape[0]);
    call.with<int16_t, int32_t>("of", of, [&](auto segments) {
        call.below("of", segments, cursor.n);
        shuffle::sort_reviewers(call, reviewers, indptr, edges, segments, cursor, members);
    });
}

KERNEL(permute_segments) {
    auto members = call.output<int32_t>("members");
    auto indptr = call.array<int64_t>("indptr");
    auto order = call.array<int32_t>("order", members.n);
    const uint64_t seed = (uint64_t)call.integer("seed");
    const int64_t first = call.integer("first", 0, indptr.n - 1), last = call.integer("last", 0, indptr.n - 1);
    auto out = call.output<int32_t>("out");
    call.rows("indptr", indptr, members.n);
    call.below("order", order, out.n);
    int32_t *member = members.data, *to = out.data;
    const int32_t *position = order.data;
    for (int64_t s = first; s < last; s++) {
        const int64_t start = indptr[s], end = indptr[s + 1];
        if (start == end) call.fail(1, "`indptr`: a segment is empty");
        // Segments before s have start reviews, and so use start - s numbers.
        int64_t used = start - s;
        for (int64_t i = end - 1; i > start; i--) {
            prefetch(to + position[max(i - shuffle::AHEAD, start)]);
            int64_t j = start + random_below(seed, used++, i + 1 - start);
            int32_t one = member[j];
            member[j] = member[i];
            member[i] = one;
            to[position[i]] = one;
        }
        to[position[start]] = member[start];
    }
}

KERNEL(rows_and_repeats) {
    auto reviewer = call.array<int32_t>("reviewer");
    auto product_indptr = call.array<int64_t>("product_indptr");
    auto cursors = call.output<int64_t>("cursor");
    auto starts = call.array<int64_t>("start");
    auto rows = call.output<int32_t>("edges");
    call.rows("product_indptr", product_indptr, reviewer.n);
    call.below("reviewer", reviewer, min(cursors.n, starts.n));
    call.within("start", starts, 0, INT64_MAX);
    const int64_t last = reviewer.n - 1;
    const int32_t *who = reviewer.data;
    const int64_t *start = starts.data;
    int64_t *cursor = cursors.data;
    int32_t *edges = rows.data;
    Growing<int32_t> found(call, 64);
    for (int64_t p = 0; p + 1 < product_indptr.n; p++) {
        const int64_t begin = product_indptr[p], end = product_indptr[p + 1];
        for (int64_t s = begin; s < end; s++) {
            int32_t ahead = who[min(s + 2 * shuffle::AHEAD, last)];
            prefetch(cursor + ahead);
            prefetch(start + ahead);
            prefetch(rows, cursor[who[min(s + shuffle::AHEAD, last)]]);
            int32_t u = who[s];
            int64_t at = cursor[u];
            if ((uint64_t)at >= (uint64_t)rows.n) call.fail(1, "`cursor`: a reviewer has more reviews than there is room for");
            if (at > start[u] && edges[at - 1] >= begin) found.push((int32_t)s);
            edges[at] = (int32_t)s;
            cursor[u] = at + 1;
        }
    }
    found.give();
}

KERNEL(repeated_reviews) {
    auto found = call.array<int32_t>("found");
    auto reviewer = call.array<int32_t>("reviewer");
    shuffle::Log log{};
    log.product = call.array<int32_t>("product", reviewer.n);
    log.product_indptr = call.array<int64_t>("product_indptr");
    log.indptr = call.array<int64_t>("indptr");
    auto rows = call.array<int32_t>("edges");
    auto columns = shuffle::Columns::read(call, reviewer.n);
    call.below("found", found, reviewer.n);
    call.below("reviewer", reviewer, log.indptr.n - 1);
    call.below("product", log.product, log.product_indptr.n - 1);
    call.rows("product_indptr", log.product_indptr, reviewer.n);
    call.rows("indptr", log.indptr, rows.n);
    call.below("edges", rows, reviewer.n);
    const int32_t *edges = rows.data;
    View<int32_t> out = call.make<int32_t>(found.n);
    int64_t n_out = 0;
    for (int32_t s : found) {
        int64_t u = reviewer[s], p = log.product[s];
        const int64_t first = log.first(edges, u, log.product_indptr[p]), end = log.product_indptr[p + 1], after = log.indptr[u + 1];
        int64_t at = first;
        while (at < after && edges[at] < end) at++;
        if (at == first) call.fail(1, "`edges`: a reviewer's row lacks a review of the reviewer");
        // All copies are listed once: for the last of them.
        if (edges[at - 1] != s) continue;
        int32_t kept = edges[first];
        for (int64_t i = first; i < at; i++)
            if (shuffle::is_later(kept, edges[i], columns)) kept = edges[i];
        for (int64_t i = first; i < at; i++) {
            if (edges[i] == kept) continue;
            if (n_out == out.n) call.fail(1, "`found`: not all that repeats, or some of it twice");
            out[n_out++] = edges[i];
        }
    }
    call.give(out, n_out);
}

KERNEL(repair_repeats) {
    shuffle::Segments in{};
    in.order = call.array<int32_t>("order");
    in.starts = call.array<int64_t>("starts");
    in.sizes = call.array<int64_t>("sizes", in.starts.n);
    Array &of = call.any("of");
    auto reviewer = call.output<int32_t>("reviewer", of.shape[0]);
    shuffle::Log log{};
    log.product = call.array<int32_t>("product", reviewer.n);
    log.product_indptr = call.array<int64_t>("product_indptr");
    log.indptr = call.array<int64_t>("indptr");
    auto edges = call.output<int32_t>("edges");
    auto repeats = call.array<int32_t>("repeats");
    const uint64_t seed = (uint64_t)call.integer("seed");
    const int64_t tries = call.integer("tries", 0, shuffle::MAX_TRIES);
    call.below("order", in.order, reviewer.n);
    call.below("reviewer", reviewer, log.indptr.n - 1);
    call.below("product", log.product, log.product_indptr.n - 1);
    call.rows("product_indptr", log.product_indptr, reviewer.n);
    call.rows("indptr", log.indptr, edges.n);
    call.below("repeats", repeats, reviewer.n);
    call.with<int16_t, int32_t>("of", of, [&](auto segments) {
        call.below("of", segments, in.starts.n);
        call.give(shuffle::repair(call, in, segments, reviewer, log, edges, repeats, seed, tries));
    });
}
