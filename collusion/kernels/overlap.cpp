// Which of many groups, best first, overlap with one that was kept before.
#include "base.hpp"

KERNEL(first_overlaps) {
    using namespace collusion;
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
