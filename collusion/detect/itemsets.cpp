// Maximal sets of reviewers who have three products in common: frequent itemsets of the products' reviewers.
#include "../kernels/base.hpp"
#include "../kernels/sort.hpp"

namespace collusion::itemsets {

// Products that a set must have in common. The search is over triples, so this is no parameter.
constexpr int64_t SUPPORT = 3;

// How many of some users reviewed each product, and the products that any did. A pair that repeats counts again, so 32 bits might be few.
struct Tally {
    View<int64_t> count;
    View<int32_t> seen;
    int64_t n;

    void make(Call &call, int64_t products) {
        count = call.zeros<int64_t>(products);
        seen = call.make<int32_t>(products);
        n = 0;
    }
    void fill(View<const int32_t> users, View<const int64_t> u_indptr, View<const int32_t> products) {
        n = 0;
        for (int32_t u : users)
            for (int64_t e = u_indptr[u]; e < u_indptr[u + 1]; e++) {
                int32_t p = products[e];
                if (count[p]++ == 0) seen[n++] = p;
            }
    }
    void clear() {
        for (int64_t k = 0; k < n; k++) count[seen[k]] = 0;
    }
};

struct Search {
    View<const int64_t> u_indptr;
    View<const int32_t> products;
    View<const int64_t> p_indptr;
    View<const int32_t> reviewers;
    View<int32_t> visits, who;
    View<bool> inside;

    // Keep those users who reviewed p.
    View<const int32_t> those_of(View<const int32_t> users, int32_t p, View<int32_t> room) const {
        int64_t n = 0;
        for (int32_t u : users) {
            int64_t end = u_indptr[u + 1], at = lower_bound(products.data, u_indptr[u], end, p);
            if (at < end && products[at] == p) room[n++] = u;
        }
        return room.part(0, n);
    }

    // Whether someone outside shares three of the common products with all: then the set is not maximal.
    bool extends(View<const int32_t> common, View<const int32_t> members) {
        int64_t seen = 0;
        bool larger = false;
        for (int32_t u : members) inside[u] = true;
        for (int64_t k = 0; k < common.n && !larger; k++)
            for (int64_t e = p_indptr[common[k]]; e < p_indptr[common[k] + 1]; e++) {
                int32_t u = reviewers[e];
                if (inside[u]) continue;
                if (visits[u] == 0) who[seen++] = u;
                larger |= ++visits[u] >= SUPPORT;
            }
        for (int64_t k = 0; k < seen; k++) visits[who[k]] = 0;
        for (int32_t u : members) inside[u] = false;
        return larger;
    }
};

}  // namespace collusion::itemsets

KERNEL(maximal_sets) {
    using namespace collusion::itemsets;
    Search in{};
    in.u_indptr = call.array<int64_t>("u_indptr");
    in.products = call.array<int32_t>("products");
    in.p_indptr = call.array<int64_t>("p_indptr");
    in.reviewers = call.array<int32_t>("reviewers");
    int64_t at_least = call.integer("least", 1), at_most = call.integer("most", 0);
    call.rows("u_indptr", in.u_indptr, in.products.n);
    call.rows("p_indptr", in.p_indptr, in.reviewers.n);
    int64_t n_users = in.u_indptr.n - 1, n_products = in.p_indptr.n - 1;
    call.below("products", in.products, n_products);
    call.below("reviewers", in.reviewers, n_users);
    if (max(n_products, in.reviewers.n) > INT32_MAX) call.fail(1, "more products or reviews than 32 bits number");

    int64_t longest = 0;
    for (int64_t p = 0; p < n_products; p++) longest = max(longest, in.p_indptr[p + 1] - in.p_indptr[p]);
    View<int32_t> both_room = call.make<int32_t>(longest), room = call.make<int32_t>(longest);
    Tally one{}, two{}, three{};
    one.make(call, n_products);
    two.make(call, n_products);
    three.make(call, n_products);
    in.visits = call.zeros<int32_t>(n_users);
    in.who = call.make<int32_t>(n_users);
    in.inside = call.zeros<bool>(n_users);
    Growing<int64_t> ends_u(call), ends_p(call);
    Growing<int32_t> out_u(call), out_p(call);
    ends_u.push(0);
    ends_p.push(0);
    int64_t sets = 0;
    for (int32_t p = 0; p < n_products; p++) {
        View<const int32_t> first = in.reviewers.part(in.p_indptr[p], in.p_indptr[p + 1]);
        if (first.n < at_least || sets > at_most) continue;
        one.fill(first, in.u_indptr, in.products);
        for (int64_t i = 0; i < one.n; i++) {
            int32_t q = one.seen[i];
            if (q <= p || one.count[q] < at_least || sets > at_most) continue;
            View<const int32_t> both = in.those_of(first, q, both_room);
            two.fill(both, in.u_indptr, in.products);
            // Whatever both have in common before q makes another triple the first of all sets found from here.
            bool earlier = false;
            for (int64_t j = 0; j < two.n; j++) earlier |= two.seen[j] < q && two.seen[j] != p && two.count[two.seen[j]] == both.n;
            for (int64_t j = 0; j < two.n && !earlier; j++) {
                int32_t r = two.seen[j];
                if (r <= q || two.count[r] < at_least || sets > at_most) continue;
                View<const int32_t> members = in.those_of(both, r, room);
                three.fill(members, in.u_indptr, in.products);
                int64_t shared = 0;
                bool known = false;
                for (int64_t k = 0; k < three.n; k++) {
                    int32_t x = three.seen[k];
                    if (three.count[x] != members.n) continue;
                    known |= x < r && x != p && x != q;
                    swap(three.seen[shared++], three.seen[k]);
                }
                View<int32_t> common = three.seen.part(0, shared);
                if (!known && (shared == SUPPORT || !in.extends(common, members))) {
                    sets++;
                    out_u.reserve(members.n);
                    for (int32_t u : members) out_u.push(u);
                    out_p.reserve(shared);
                    int32_t *placed = out_p.buffer.data + out_p.n;
                    for (int32_t x : common) *placed++ = x;
                    sort(out_p.buffer.data + out_p.n, shared);
                    out_p.n += shared;
                    ends_u.push(out_u.n);
                    ends_p.push(out_p.n);
                }
                three.clear();
            }
            two.clear();
        }
        one.clear();
    }
    ends_u.give();
    out_u.give();
    ends_p.give();
    out_p.give();
}
