// The co-reviews of groups: how many there are, and how many are expected.
#include "base.hpp"
#include "hash.hpp"
#include "leave_out.hpp"
#include "sort.hpp"

namespace collusion::groups {

// Cells for each edge of a group.
constexpr int64_t CELLS = 8;
// Edges up to which somebody who is named twice is looked for by comparing all pairs.
constexpr int64_t FEW = 16;
// Members of a group are numbered below this, so that two and a bin fit into one word.
constexpr int64_t MAX_MEMBERS = (int64_t)1 << 29;

// Move to the front the edges of products that may contain two of them, and whose they are; return how many there are. Products are counted
// by cell_of (``bits``: zeros, a power of two); a few share a cell_of. ``cell_of`` is room.
static int64_t of_shared_products(int64_t *key, int64_t n, const int32_t *product, uint32_t *cell_of, uint8_t *bits, int64_t mask) {
    for (int64_t k = 0; k < n; k++) {
        int64_t at = cell(product[key[k] >> 32], mask);
        bits[at] = (uint8_t)((bits[at] << 1) | 1);
        cell_of[k] = (uint32_t)at;
    }
    int64_t kept = 0;
    for (int64_t k = 0; k < n; k++) {
        key[kept] = key[k];
        kept += bits[cell_of[k]] > 1;
    }
    return kept;
}

// Whether somebody is named twice.
static bool twice(Call &call, const int32_t *who, int64_t n, Room<int32_t> &room) {
    if (n <= FEW) {
        for (int64_t i = 1; i < n; i++)
            for (int64_t j = 0; j < i; j++)
                if (who[i] == who[j]) return true;
        return false;
    }
    int32_t *ordered = room.of(call, n);
    memcpy(ordered, who, (size_t)n * sizeof(int32_t));
    sort(ordered, n);
    for (int64_t i = 1; i < n; i++)
        if (ordered[i] == ordered[i - 1]) return true;
    return false;
}

// Add to ``row[k]`` the pairs of reviewers with a co-review among n edges, of one unit, whose rarest is of bin k. Edges ascend.
static void co_reviews_here(Call &call, const int64_t *edge, const uint32_t *word, const int32_t *who, int64_t n, Room<int32_t> &names,
                            Growing<int64_t> &seen, int64_t *row) {
    bool again = twice(call, who, n, names);
    seen.n = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t until = span_after(word[i], edge[i]), here = span_bin(word[i]);
        for (int64_t j = i + 1; j < n && edge[j] < until; j++) {
            int64_t k = max(here, span_bin(word[j])), u = who[i], v = who[j];
            // Where nobody has two reviews no pair has two co-reviews.
            if (!again)
                row[k]++;
            else if (u != v)
                seen.push(min(u, v) << 32 | max(u, v) << 3 | k);
        }
    }
    // The rarest co-review of each pair comes first.
    sort(seen.buffer.data, seen.n);
    for (int64_t k = 0; k < seen.n; k++)
        if (k == 0 || seen[k] >> 3 != seen[k - 1] >> 3) row[seen[k] & 7]++;
}

struct Input {
    View<const int64_t> g_indptr;
    View<const int32_t> members;
    View<const int64_t> ends, edges;
    View<const int32_t> who;
    View<const bool> counted;
    View<const int32_t> product, unit_of;
    Windows windows;
    int64_t limit;
    Activity activity;
    View<const int32_t> rows;
    Activity counted_activity;
    Strata stratum;
    KnownRates known;
    Grid<int64_t> observed;
    Grid<double> expected;
};

static void count(Call &call, const Input &in) {
    const int64_t bins = in.known.bins;
    Group group{};
    group.make(call, in.known);
    Room<int32_t> who_room{}, names{};
    Room<int64_t> sorted{};
    Room<uint32_t> words{};
    Growing<int64_t> seen(call);
    for (int64_t g = 0; g + 1 < in.g_indptr.n; g++) {
        const int64_t first = in.g_indptr[g], last = in.g_indptr[g + 1], from = in.ends[g];
        in_window(call, group, in.edges.part(from, in.ends[g + 1]), in.windows, in.limit);
        Inside &own = group.inside;
        int64_t *unit = group.unit_room.of(call, own.n);
        for (int64_t i = 0; i < own.n; i++) unit[i] = in.unit_of.data[in.product.data[own.edge[i]]];
        in_units(call, group, unit, own.n);
        mark_strata(group, in.members.part(first, last), in.activity);
        double share = share_left_out(group);
        const double *rates = group_rates(call, group, share, in.stratum, in.known);
        const int32_t *rows = in.rows.data + first;
        const double *weights =
            weigh_pairs(call, group, last - first, [rows](int64_t m) { return (int64_t)rows[m]; }, in.counted_activity, 0, in.known.months);
        add_expected(group, in.known, weights, 1, rates, in.expected[g].data);
        clear_strata(group);
        if (in.counted.n) {
            int64_t kept = 0;
            for (int64_t i = 0; i < own.n; i++) {
                own.at[kept] = own.at[i];
                own.edge[kept] = own.edge[i];
                own.word[kept] = own.word[i];
                unit[kept] = unit[i];
                kept += in.counted.data[from + own.at[i]];
            }
            own.n = kept;
            in_units(call, group, unit, kept);
        }
        int64_t *row = in.observed[g].data, *edge = sorted.of(call, own.n);
        uint32_t *word = words.of(call, own.n);
        int32_t *who = who_room.of(call, own.n);
        for (int64_t i = 0; i < own.n; i++) {
            int64_t at = group.order[i];
            edge[i] = own.edge[at];
            word[i] = own.word[at];
            who[i] = in.who.data[from + own.at[at]];
        }
        for (int64_t r = 0; r < group.units; r++) {
            int64_t begin = group.start[r], n = group.start[r + 1] - begin;
            if (n > 1) co_reviews_here(call, edge + begin, word + begin, who + begin, n, names, seen, row);
        }
        for (int64_t k = 1; k < bins; k++) row[k] += row[k - 1];
    }
}

}  // namespace collusion::groups

KERNEL(shared_reviews) {
    View<const int64_t> g_indptr = call.array<int64_t>("g_indptr");
    View<const int32_t> members = call.array<int32_t>("members");
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges");
    View<const int32_t> product = call.array<int32_t>("product");
    View<const int32_t> time = call.array<int32_t>("time");
    int64_t days = call.integer("days");
    call.rows("g_indptr", g_indptr, members.n);
    call.rows("indptr", indptr, edges.n);
    call.below("members", members, indptr.n - 1);
    call.below("edges", edges, product.n);
    if (time.n && time.n != product.n) call.fail(1, "`time`: expected an entry an edge, or none");

    int64_t largest = 0;
    for (int64_t g = 0; g + 1 < g_indptr.n; g++) {
        int64_t n = 0;
        for (int64_t a = g_indptr[g]; a < g_indptr[g + 1]; a++) n += indptr[members[a] + 1] - indptr[members[a]];
        largest = max(largest, n);
    }
    // So that cells are numbers of 32 bits.
    if (largest > (int64_t)1 << 28) call.fail(1, "`members`: a group of %lld reviews", (long long)largest);
    View<int64_t> ends = call.zeros<int64_t>(g_indptr.n), key = call.make<int64_t>(largest);
    View<uint32_t> cell_of = call.make<uint32_t>(largest);
    View<uint8_t> bits = call.make<uint8_t>(cells_for(groups::CELLS * largest));
    Growing<int64_t> shared(call);
    Growing<int32_t> who(call);
    auto near = [&](int64_t edge, int64_t later) {
        return product.data[edge] == product.data[later] && (!time.n || (int64_t)time.data[later] - (int64_t)time.data[edge] <= days);
    };
    for (int64_t g = 0; g + 1 < g_indptr.n; g++) {
        int64_t n = 0;
        for (int64_t a = g_indptr[g]; a < g_indptr[g + 1]; a++)
            for (int64_t e = indptr[members[a]]; e < indptr[members[a] + 1]; e++) {
                key.data[n++] = (int64_t)edges.data[e] << 32 | (a - g_indptr[g]);
                prefetch(product, edges.data[e]);
            }
        int64_t cells = cells_for(groups::CELLS * n);
        memset(bits.data, 0, (size_t)cells);
        int64_t kept = groups::of_shared_products(key.data, n, product.data, cell_of.data, bits.data, cells - 1);
        shared.reserve(kept);
        who.reserve(kept);
        sort(key.data, kept);
        bool before = false;
        for (int64_t k = 0; k < kept; k++) {
            int64_t edge = key.data[k] >> 32;
            bool after = k + 1 < kept && near(edge, key.data[k + 1] >> 32);
            if (before || after) {
                shared.buffer.data[shared.n++] = edge;
                who.buffer.data[who.n++] = (int32_t)(key.data[k] & 0xFFFFFFFF);
            }
            before = after;
        }
        ends[g + 1] = shared.n;
    }
    call.give(ends);
    shared.give();
    who.give();
}

KERNEL(group_co_reviews) {
    groups::Input in{};
    in.g_indptr = call.array<int64_t>("g_indptr");
    in.members = call.array<int32_t>("members");
    in.ends = call.array<int64_t>("ends", in.g_indptr.n);
    in.edges = call.array<int64_t>("edges");
    in.who = call.array<int32_t>("who", in.edges.n);
    in.counted = call.array<bool>("counted");
    in.product = call.array<int32_t>("product");
    in.unit_of = call.array<int32_t>("unit_of");
    in.windows = Windows::read(call);
    in.limit = call.integer("limit", 0);
    in.activity = Activity::read(call);
    in.rows = call.array<int32_t>("rows", in.members.n);
    in.counted_activity = Activity::read(call);
    in.stratum = Strata::read(call, "stratum", in.product.n);
    in.known = KnownRates::read(call);
    in.observed = call.output_grid<int64_t>("observed", in.g_indptr.n - 1, in.known.bins);
    in.expected = call.output_grid<double>("expected", in.g_indptr.n - 1, in.known.bins);
    call.rows("g_indptr", in.g_indptr, in.members.n);
    call.rows("ends", in.ends, in.edges.n);
    if (in.limit >= in.known.bins) call.fail(1, "`limit`: beyond the bins");
    if (in.counted.n && in.counted.n != in.edges.n) call.fail(1, "`counted`: expected an entry an edge, or none");
    // Groups share these arrays: each call looks at what its own contain.
    const int64_t last = in.g_indptr.n - 1;
    call.below("members", in.members.part(in.g_indptr[0], in.g_indptr[last]), in.activity.rows());
    call.below("rows", in.rows.part(in.g_indptr[0], in.g_indptr[last]), in.counted_activity.rows());
    call.below("edges", in.edges.part(in.ends[0], in.ends[last]), min(in.product.n, in.windows.product.n));
    call.below("who", in.who.part(in.ends[0], in.ends[last]), groups::MAX_MEMBERS);
    call.below("product", in.product, in.unit_of.n);
    in.activity.strata.check(call, "strata of activity", in.known.n);
    in.counted_activity.strata.check(call, "strata of activity", in.known.n);
    in.stratum.check(call, "stratum", in.known.n);
    groups::count(call, in);
}

KERNEL(first_overlaps) {
    auto indptr = call.array<int64_t>("indptr");
    auto member = call.array<int64_t>("member");
    const int64_t n_members = call.integer("n_members", 0, member.n);
    const double share = call.real("share");
    const int64_t n = indptr.n - 1;
    auto of = call.output<int64_t>("of", n);
    call.rows("indptr", indptr, member.n);
    call.below("member", member, n_members);
    // For each member a list of the kept groups that contain it, the latest first.
    View<int64_t> head = call.full<int64_t>(n_members, -1), group_at = call.make<int64_t>(member.n), after = call.make<int64_t>(member.n);
    View<int64_t> shared = call.zeros<int64_t>(n), touched = call.make<int64_t>(n);
    int64_t filled = 0;
    for (int64_t g = 0; g < n; g++) {
        const int64_t size = indptr[g + 1] - indptr[g];
        int64_t n_touched = 0;
        for (int64_t e = indptr[g]; e < indptr[g + 1]; e++) {
            for (int64_t at = head[member[e]]; at >= 0; at = after[at]) {
                int64_t k = group_at[at];
                if (shared[k] == 0) touched[n_touched++] = k;
                shared[k]++;
            }
        }
        of[g] = -1;
        for (int64_t c = 0; c < n_touched; c++) {
            int64_t k = touched[c];
            if ((double)shared[k] >= share * (double)min(size, indptr[k + 1] - indptr[k]) && (of[g] < 0 || k < of[g])) of[g] = k;
            shared[k] = 0;
        }
        if (of[g] >= 0) continue;
        for (int64_t e = indptr[g]; e < indptr[g + 1]; e++) {
            group_at[filled] = g;
            after[filled] = head[member[e]];
            head[member[e]] = filled++;
        }
    }
}
