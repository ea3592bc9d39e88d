// Membership of groups, one after the other, on scratch memory that is reused.
#include "base.hpp"
#include "hash.hpp"
#include "sort.hpp"
#include "spans.hpp"
#include "strata.hpp"
#include "tails.hpp"

namespace collusion::membership {

// Cells for each review near a group's co-reviews: few reviewers share one with another.
constexpr int64_t CELLS = 8;
// The half of a word that is an edge; the other half is its reviewer.
constexpr int64_t EDGE = ((int64_t)1 << 32) - 1;
// More rounds than any refinement takes.
constexpr int64_t MAX_ROUNDS = 1000;

// Memory that grows and is used again.
template <class T> struct Room {
    View<T> buffer;

    View<T> of(Call &call, int64_t n) {
        if (n > buffer.n || !buffer.data) {
            int64_t more = max(n, 2 * buffer.n);
            call.release(buffer);
            buffer = call.make<T>(more);
        }
        return buffer.part(0, n);
    }
};

struct Input {
    View<const int64_t> indptr;
    View<const int32_t> edges, reviewer, product;
    int64_t n_products;
    Windows window;
    View<const int32_t> unit_of;
    Strata stratum;
    View<const int64_t> size;
    Activity activity;
    double false_members, false_products, marginal;
};

// Ranges of edges, [begin, end) each, ascending; no two share an edge.
struct Ranges {
    View<int32_t> begin, end;
    int64_t n;
};

struct Scratch {
    // By stratum: the members' reviews, those near co-reviews that others wrote, the reviewer's own among the group's.
    View<int64_t> by_stratum, free, back;
    View<uint8_t> inside, attached;  // by reviewer, by product
    Room<int64_t> rows, merged, ends, own, visits, filled, count, trials;
    Room<uint32_t> word, cell_of;
    Room<uint8_t> near, times;
    Room<int32_t> begin, end, products, joined[2];
    Room<double> tail, sorted;
};

// Write the ascending ``values[begin:middle]`` and ``values[middle:end]`` into ``out[begin:end]``, ascending; no branch a value.
static void merge(const int64_t *values, int64_t begin, int64_t middle, int64_t end, int64_t *out) {
    int64_t i = begin, j = middle, k = begin;
    while (i < middle && j < end) {
        int64_t one = values[i], other = values[j];
        out[k++] = min(one, other);
        i += one <= other;
        j += one > other;
    }
    for (; i < middle; i++) out[k++] = values[i];
    for (; j < end; j++) out[j] = values[j];
}

// Return the values ascending; those up to each of ``ends`` ascend from the end before. O(n log rows).
static View<int64_t> merge_rows(View<int64_t> values, View<int64_t> other, View<int64_t> ends) {
    int64_t n = ends.n;
    while (n > 1) {
        int64_t begin = 0, left = 0;
        for (int64_t r = 0; r < n; r += 2) {
            int64_t end = ends[min(r + 1, n - 1)];
            merge(values.data, begin, ends[r], end, other.data);
            ends[left++] = end;
            begin = end;
        }
        n = left;
        swap(values, other);
    }
    return values;
}

// Return the edges of the members, ascending, and prefetch their columns.
static View<int64_t> edges_of(Call &call, const Input &in, Scratch &s, View<const int32_t> members) {
    int64_t n = 0;
    for (int32_t u : members) n += in.indptr[u + 1] - in.indptr[u];
    View<int64_t> own = s.rows.of(call, n), ends = s.ends.of(call, members.n);
    n = 0;
    for (int64_t k = 0; k < members.n; k++) {
        int32_t u = members[k];
        for (int64_t e = in.indptr[u]; e < in.indptr[u + 1]; e++) {
            int32_t edge = in.edges.data[e];
            own.data[n++] = edge;
            if (in.window.span.n) prefetch(in.window.span.data + edge);
            prefetch(in.product.data + edge);
            in.stratum.ask(edge);
        }
        ends[k] = n;
    }
    own = merge_rows(own, s.merged.of(call, n), ends);
    bool falls = false;
    for (int64_t i = 1; i < n; i++) falls |= own.data[i] < own.data[i - 1];
    if (falls) call.fail(1, "`by_reviewer`: those of a reviewer do not ascend");
    return own;
}

// Return the edges within the window of a co-review among ``own`` (ascending) as ranges; ``s.near`` marks which of ``own`` have one.
static Ranges open_edges(Call &call, const Input &in, Scratch &s, View<int64_t> own, int64_t limit) {
    int64_t n = own.n;
    View<uint32_t> word = s.word.of(call, n);
    View<uint8_t> near = s.near.of(call, n);
    for (int64_t i = 0; i < n; i++) {
        word.data[i] = in.window.word(own.data[i]);
        near.data[i] = 0;
    }
    int64_t before = -1;
    for (int64_t i = 0; i < n; i++) {
        if (span_bin(word[i]) > limit) continue;
        // Edges of a product are consecutive and in time order, so the nearest other is a neighbour.
        if (before >= 0 && span_after(word[before], own[before]) > own[i]) near[before] = near[i] = 1;
        before = i;
    }
    Ranges open{s.begin.of(call, n), s.end.of(call, n), 0};
    for (int64_t i = 0; i < n; i++) {
        if (!near[i]) continue;
        int64_t first = span_first(word[i], own[i]), after = span_after(word[i], own[i]);
        if (first < 0 || after <= own[i] || after > in.product.n) call.fail(1, "`span`: the window of an edge is not one of the log");
        if (open.n == 0 || first >= open.end[open.n - 1]) open.begin[open.n++] = (int32_t)first;
        open.end[open.n - 1] = (int32_t)after;
    }
    return open;
}

// Return where the run of edges in one stratum that begins at ``start`` ends; strata ascend up to ``end``. O(log).
static int64_t run_end(const Strata &stratum, int64_t start, int64_t end) {
    int64_t here = stratum[start];
    if (stratum[end - 1] == here) return end;
    int64_t low = start + 1, high = end - 1;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (stratum[middle] == here)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The median of numbers, each repeated as often as its value, ``n`` in all; sorts them.
static double median_visit(View<int64_t> counts, int64_t n) {
    sort(counts);
    int64_t before = 0, k = 0, low = 0;
    while (before + counts[k] <= (n - 1) / 2) before += counts[k++];
    low = counts[k];
    while (before + counts[k] <= n / 2) before += counts[k++];
    return (double)(low + counts[k]) / 2.0;
}

// Return the products that members co-reviewed and that more of them reviewed than activity explains, ascending. ``own`` contains the
// members' edges, ascending. O(members' edges log local degree): of the edges near only the ends of their months are looked for.
static View<int32_t> attach(Call &call, const Input &in, Scratch &s, View<int64_t> own, int64_t size_of_group, int64_t limit) {
    Ranges open = open_edges(call, in, s, own, limit);
    if (!open.n) return s.products.of(call, 0);
    const int32_t *product = in.product.data;
    int64_t reviewed = 0, n = 1;
    for (int64_t i = 0; i < own.n; i++) {
        s.by_stratum[in.stratum[own[i]]]++;
        reviewed += i == 0 || product[own[i]] != product[own[i - 1]];
    }
    // Ranges of one product may touch; those of two products never share an edge.
    for (int64_t i = 1; i < open.n; i++) n += product[open.begin[i]] != product[open.begin[i - 1]];
    View<int32_t> products = s.products.of(call, n);
    View<int64_t> count = s.count.of(call, n), trials = s.trials.of(call, n);
    View<double> tail = s.tail.of(call, n), sorted = s.sorted.of(call, n);
    int64_t p = 0, at = 0, r = 0;
    while (r < open.n) {
        int32_t here = product[open.begin[r]];
        products[p] = here;
        count[p] = trials[p] = 0;
        double mean = 0.0;
        // Outside the product: what its own reviews near are made of must not raise the chance that explains it. Strata of a product are
        // months, which ascend with its edges.
        int64_t start = open.begin[r];
        while (r < open.n && product[open.begin[r]] == here) {
            int64_t stratum = in.stratum[start], run = 0, taken = 0;
            while (r < open.n && product[open.begin[r]] == here && in.stratum[start] == stratum) {
                int64_t until = run_end(in.stratum, start, open.end[r]);
                while (at < own.n && own[at] < start) at++;
                while (at < own.n && own[at] < until) {
                    taken++;
                    at++;
                }
                run += until - start;
                start = until;
                if (start == open.end[r] && ++r < open.n) start = open.begin[r];
            }
            mean += (double)(run * (s.by_stratum[stratum] - taken)) / (double)max<int64_t>(in.size[stratum] - run, 1);
            count[p] += taken;
            trials[p] += run;
        }
        sorted[p] = tail[p] = binomial_tail(count[p], trials[p], mean / (double)trials[p]);
        p++;
    }
    for (int64_t e : own) s.by_stratum[in.stratum[e]] = 0;
    double bound = largest_discovery(sorted, reviewed, in.false_products);
    // Most of the members on one product are enough, even where they fill its stratum and so explain each other.
    int64_t joint = 0, visits = 0;
    for (p = 0; p < n; p++) {
        if (count[p] < 2 || !(tail[p] <= bound || 2 * count[p] >= size_of_group)) continue;
        products[joint] = products[p];
        count[joint++] = count[p];
        visits += count[p];
    }
    if (!joint) return s.products.of(call, 0);
    // Camouflage brings few members together; where the members' visits go to products of many members, those of few are left out.
    for (p = 0; p < joint; p++) trials[p] = count[p];
    double enough = in.marginal * median_visit(trials.part(0, joint), visits);
    int64_t chosen = 0;
    for (p = 0; p < joint; p++)
        if ((double)count[p] >= enough) products[chosen++] = products[p];
    return products.part(0, chosen);
}

// Return who reviewed near the group's co-reviews, and where, by reviewer and unit: only of those who may have done so twice.
static View<int64_t> visits_near(Call &call, const Input &in, Scratch &s, const Ranges &open) {
    int64_t total = 0;
    for (int64_t r = 0; r < open.n; r++) {
        prefetch(in.reviewer, open.begin[r]);
        prefetch(in.reviewer, open.end[r] - 1);
        total += open.end[r] - open.begin[r];
    }
    // Who came how often, counted by cell_of: a few come once and share theirs, and are distinguished later.
    int64_t cells = min(cells_for(CELLS * total), EDGE + 1), mask = cells - 1, k = 0, n = 0;
    uint8_t *times = s.times.of(call, cells).data;
    uint32_t *cell_of = s.cell_of.of(call, total).data;
    memset(times, 0, (size_t)cells);
    for (int64_t r = 0; r < open.n; r++) {
        for (int64_t e = open.begin[r]; e < open.end[r]; e++) {
            int64_t at = cell(in.reviewer.data[e], mask);
            times[at] = (uint8_t)((times[at] << 1) | 1);
            cell_of[k++] = (uint32_t)at;
        }
    }
    for (k = 0; k < total; k++) n += times[cell_of[k]] > 1;
    View<int64_t> visits = s.visits.of(call, n);
    n = k = 0;
    for (int64_t r = 0; r < open.n; r++) {
        int64_t here = in.unit_of[in.product[open.begin[r]]];
        for (int64_t e = open.begin[r]; e < open.end[r]; e++, k++)
            if (times[cell_of[k]] > 1) visits[n++] = (int64_t)in.reviewer.data[e] * in.n_products + here;
    }
    sort(visits);
    return visits;
}

// Return everyone who reviewed at more of the group's units, near its co-reviews, than activity explains, ascending, in ``into``.
// ``every`` contains the edges of the group, ascending. O(members' edges + edges near the co-reviews).
static View<int32_t> join(Call &call, const Input &in, Scratch &s, View<const int32_t> group, View<int64_t> every, View<int32_t> products,
                          int64_t limit, Room<int32_t> &into) {
    for (int32_t p : products) s.attached[p] = 1;
    View<int64_t> own = s.own.of(call, every.n);
    int64_t n = 0;
    for (int64_t e : every)
        if (s.attached[in.product[e]]) own[n++] = e;
    for (int32_t p : products) s.attached[p] = 0;
    own = own.part(0, n);
    Ranges open = open_edges(call, in, s, own, limit);
    if (!open.n) return into.of(call, 0);
    n = 0;
    for (int64_t i = 0; i < own.n; i++)
        if (s.near.buffer[i]) own[n++] = own[i];
    own = own.part(0, n);
    for (int32_t u : group) s.inside[u] = 1;
    for (int64_t e : own) s.free[in.stratum[e]]--;
    for (int64_t e : every) s.by_stratum[in.stratum[e]]++;
    for (int64_t r = 0; r < open.n; r++) {
        for (int64_t start = open.begin[r]; start < open.end[r];) {
            int64_t until = run_end(in.stratum, start, open.end[r]);
            s.free[in.stratum[start]] += until - start;
            start = until;
        }
    }
    View<int64_t> visits = visits_near(call, in, s, open);
    // The group's own co-reviews, by reviewer.
    View<int64_t> filled = s.filled.of(call, own.n);
    for (int64_t k = 0; k < own.n; k++) filled[k] = ((int64_t)in.reviewer[own[k]] << 32) | own[k];
    sort(filled);
    View<int32_t> candidates = into.of(call, visits.n);
    View<double> tail = s.tail.of(call, visits.n), sorted = s.sorted.of(call, visits.n);
    int64_t found = 0, m = 0, i = 0;
    while (i < visits.n) {
        int64_t u = visits[i] / in.n_products, last = -1, units = 0, beyond = (u + 1) * in.n_products;
        for (; i < visits.n && visits[i] < beyond; i++) {
            units += visits[i] != last;
            last = visits[i];
        }
        if (units < 2) continue;
        for (; m < filled.n && filled[m] >> 32 <= u; m++)
            if (filled[m] >> 32 == u) s.back[in.stratum[filled[m] & EDGE]]++;
        double mean = 0.0;
        int64_t trials = 0;
        for (int64_t e = in.activity.indptr[u]; e < in.activity.indptr[u + 1]; e++) {
            int64_t stratum = in.activity.strata[e], reviews = in.activity.counts[e];
            trials += reviews;
            // A group member's own reviews go back among those that were there to be filled.
            int64_t there = s.free[stratum] + s.back[stratum];
            if (there == 0) continue;
            s.back[stratum] = 0;
            int64_t left = in.size[stratum] - s.by_stratum[stratum] + (s.inside[u] ? reviews : 0);
            mean += (double)(reviews * there) / (double)max<int64_t>(left, 1);
        }
        if (trials < 1 || trials > MAX_TRIALS) call.fail(1, "`counts of activity`: a reviewer of the log has %lld reviews", (long long)trials);
        candidates[found] = (int32_t)u;
        sorted[found] = tail[found] = binomial_tail(min(units, trials), trials, min(mean / (double)trials, 1.0));
        found++;
    }
    // Tested: all reviewers who wrote twice or more in those strata.
    int64_t possible = 0;
    for (int64_t r = 0; r < open.n; r++) {
        for (int64_t start = open.begin[r]; start < open.end[r]; start = run_end(in.stratum, start, open.end[r])) {
            int64_t stratum = in.stratum[start];
            if (s.free[stratum] > 0) possible += in.size[stratum] - s.by_stratum[stratum];
            s.free[stratum] = 0;
        }
    }
    for (int64_t e : every) s.by_stratum[in.stratum[e]] = 0;
    for (int32_t u : group) s.inside[u] = 0;
    int64_t tested = min(in.indptr.n - 1, floor_divide(possible, 2) + group.n), joined = 0;
    double bound = largest_discovery(sorted.part(0, found), tested, in.false_members);
    for (int64_t k = 0; k < found; k++)
        if (tail[k] <= bound) candidates[joined++] = candidates[k];
    return candidates.part(0, joined);
}

static bool same(View<const int32_t> one, View<const int32_t> other) {
    return one.n == other.n && (!one.n || memcmp(one.data, other.data, (size_t)one.n * sizeof(int32_t)) == 0);
}

static void push(Growing<int32_t> &all, View<const int32_t> more) {
    all.reserve(more.n);
    for (int32_t one : more) all.buffer.data[all.n++] = one;
}

static void refine_all(Call &call, const Input &in, View<const int64_t> g_indptr, View<const int32_t> groups, View<const int64_t> limits,
                   int64_t rounds) {
    Scratch s{};
    s.by_stratum = call.zeros<int64_t>(in.size.n);
    s.free = call.zeros<int64_t>(in.size.n);
    s.back = call.zeros<int64_t>(in.size.n);
    s.inside = call.zeros<uint8_t>(in.indptr.n - 1);
    s.attached = call.zeros<uint8_t>(in.n_products);
    View<int64_t> m_indptr = call.zeros<int64_t>(limits.n + 1), p_indptr = call.zeros<int64_t>(limits.n + 1);
    Growing<int32_t> all_members(call), all_products(call);
    for (int64_t g = 0; g < limits.n; g++) {
        View<const int32_t> members = groups.part(g_indptr[g], g_indptr[g + 1]);
        View<int64_t> every = edges_of(call, in, s, members);
        View<int32_t> products = attach(call, in, s, every, members.n, limits[g]);
        for (int64_t k = 0; k < rounds; k++) {
            View<int32_t> joined = join(call, in, s, members, every, products, limits[g], s.joined[k % 2]);
            if (same(joined, members)) break;
            members = joined;
            every = edges_of(call, in, s, members);
            products = attach(call, in, s, every, members.n, limits[g]);
        }
        push(all_members, members);
        push(all_products, products);
        m_indptr[g + 1] = all_members.n;
        p_indptr[g + 1] = all_products.n;
    }
    call.give(m_indptr);
    all_members.give();
    call.give(p_indptr);
    all_products.give();
}

}  // namespace collusion::membership

KERNEL(refine_memberships) {
    membership::Input in;
    View<const int64_t> g_indptr = call.array<int64_t>("g_indptr");
    View<const int32_t> groups = call.array<int32_t>("groups");
    View<const int64_t> limits = call.array<int64_t>("limits", g_indptr.n - 1);
    in.indptr = call.array<int64_t>("indptr");
    in.edges = call.array<int32_t>("by_reviewer");
    in.reviewer = call.array<int32_t>("reviewer");
    in.product = call.array<int32_t>("product", in.reviewer.n);
    in.n_products = call.integer("n_products", 0, INT32_MAX);
    in.window = Windows::read(call);
    in.unit_of = call.array<int32_t>("unit_of", in.n_products);
    in.stratum = Strata::read(call, "stratum", in.product.n);
    in.size = call.array<int64_t>("size");
    in.activity = Activity::read(call);
    in.false_members = call.real("false_members");
    in.false_products = call.real("false_products");
    in.marginal = call.real("marginal");
    int64_t rounds = call.integer("rounds", 0, membership::MAX_ROUNDS);
    call.rows("g_indptr", g_indptr, groups.n);
    call.rows("indptr", in.indptr, in.edges.n);
    in.stratum.check(call, "stratum", in.size.n);
    in.activity.strata.check(call, "strata of activity", in.size.n);
    in.activity.counts.check(call, "counts of activity", INT32_MAX);
    call.below("groups", groups, in.indptr.n - 1);
    call.below("by_reviewer", in.edges, in.product.n);
    call.below("reviewer", in.reviewer, in.indptr.n - 1);
    call.below("product", in.product, in.n_products);
    call.below("unit_of", in.unit_of, in.n_products);
    if (in.window.product.n != in.product.n) call.fail(1, "`window`: expected the window of each edge");
    if (in.activity.indptr.n < in.indptr.n) call.fail(1, "`indptr of activity`: fewer rows than reviewers");
    membership::refine_all(call, in, g_indptr, groups, limits, rounds);
}
