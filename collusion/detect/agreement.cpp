// Reviewers who agree: what lists of them have in common, and who reviewed two products within a window of each other at both.
#include "../kernels/base.hpp"
#include "../kernels/sort.hpp"

namespace collusion::agreement {

// Days and windows are below this, so that sums of them are in range.
constexpr int64_t FAR = (int64_t)1 << 61;

struct Lists {
    View<const int64_t> indptr;
    View<const int32_t> users;

    int64_t n() const { return indptr.n - 1; }
    int64_t longest() const {
        int64_t longest = 0;
        for (int64_t k = 0; k < n(); k++) longest = max(longest, indptr[k + 1] - indptr[k]);
        return longest;
    }
};

inline bool near(int64_t a, int64_t b, int64_t window) { return (a < b ? b - a : a - b) <= window; }

// The users of both lists of a pair and when they came to each, and the sets among them.
struct Pair {
    int64_t n, window, at_least;
    View<int32_t> both;
    View<int64_t> x, y, by_x, by_y, rank, chosen, ordered;

    void make(Call &call, int64_t longest) {
        both = call.make<int32_t>(longest);
        x = call.make<int64_t>(longest);
        y = call.make<int64_t>(longest);
        by_x = call.make<int64_t>(longest);
        by_y = call.make<int64_t>(longest);
        rank = call.make<int64_t>(longest);
        chosen = call.make<int64_t>(longest);
        ordered = call.make<int64_t>(longest);
    }

    void read(const Lists &lists, View<const int64_t> day, int64_t a, int64_t b) {
        View<const int32_t> users = lists.users;
        int64_t i = lists.indptr[a], i_end = lists.indptr[a + 1], j = lists.indptr[b], j_end = lists.indptr[b + 1];
        n = 0;
        while (i < i_end && j < j_end) {
            if (users[i] == users[j]) {
                both[n] = users[i];
                x[n] = day[i++];
                y[n++] = day[j++];
            } else if (users[i] < users[j]) {
                i++;
            } else {
                j++;
            }
        }
    }

    // Leave out, once, users who have fewer than ``at_least - 1`` others within the window.
    void leave_lonely() {
        for (int64_t i = 0; i < n; i++) {
            int64_t near_both = 0;
            for (int64_t j = 0; j < n; j++) near_both += (int)near(x[i], x[j], window) & (int)near(y[i], y[j], window);
            rank[i] = near_both;
        }
        int64_t left = 0;
        for (int64_t i = 0; i < n; i++) {
            if (rank[i] < at_least) continue;
            both[left] = both[i];
            x[left] = x[i];
            y[left++] = y[i];
        }
        n = left;
    }

    // Put the users into the order of values, equal ones as they come.
    void sort_by(View<int64_t> order, View<int64_t> value) const {
        for (int64_t i = 0; i < n; i++) order[i] = i;
        insertion_sort(order.data, n, [value](int64_t a, int64_t b) { return value[a] < value[b]; });
    }

    // Whether nobody who came before the first of a set in one direction is within the window of all of it in both.
    bool is_largest(int64_t first, int64_t begin, int64_t end) const {
        int64_t last = x[by_x[first]];
        for (int64_t k = begin; k < end; k++) last = max(last, x[chosen[k]]);
        int64_t low = y[chosen[begin]], high = y[chosen[end - 1]];
        for (int64_t k = first - 1; k >= 0; k--) {
            int64_t j = by_x[k];
            if (last - x[j] > window) break;
            if (max(high, y[j]) - min(low, y[j]) <= window) return false;
        }
        return true;
    }

    // Append the users of a set, ascending.
    void append(int64_t begin, int64_t end, Growing<int64_t> &ends, Growing<int32_t> &who) {
        int64_t size = end - begin;
        for (int64_t k = 0; k < size; k++) ordered[k] = chosen[begin + k];
        sort(ordered.data, size);
        who.reserve(size);
        for (int64_t k = 0; k < size; k++) who.buffer[who.n++] = both[ordered[k]];
        ends.push(who.n);
    }

    // Append all sets.
    void find(Growing<int64_t> &ends, Growing<int32_t> &who) {
        sort_by(by_x, x);
        sort_by(by_y, y);
        for (int64_t k = 0; k < n; k++) rank[by_x[k]] = k;
        int64_t last = 0;
        for (int64_t first = 0; first < n; first++) {
            // Whoever is within the window of the first in one direction, in the order of the other.
            while (last < n && x[by_x[last]] <= x[by_x[first]] + window) last++;
            int64_t m = 0;
            for (int64_t k = 0; k < n; k++)
                if (first <= rank[by_y[k]] && rank[by_y[k]] < last) chosen[m++] = by_y[k];
            int64_t own = 0;
            while (chosen[own] != by_x[first]) own++;
            int64_t end = 0;
            for (int64_t begin = 0; begin <= own; begin++) {
                int64_t grown = end;
                while (end < m && y[chosen[end]] <= y[chosen[begin]] + window) end++;
                // A window that ends where the one before did is part of it.
                if (end > grown && end > own && end - begin >= at_least && is_largest(first, begin, end)) append(begin, end, ends, who);
            }
        }
    }
};

// Keep of the sets from ``first`` on the largest, ``at_most`` of them or all of the largest size.
static void leave_smallest(int64_t first, int64_t at_most, Growing<int64_t> &ends, Growing<int32_t> &who) {
    int64_t sets = ends.n - 1, bar = 0;
    for (;;) {
        int64_t more = 0, smallest = INT64_MAX, largest = 0;
        for (int64_t s = first; s < sets; s++) {
            int64_t size = ends[s + 1] - ends[s];
            if (size <= bar) continue;
            more++;
            smallest = min(smallest, size);
            largest = max(largest, size);
        }
        if (more <= at_most || smallest == largest) break;
        bar = smallest;
    }
    int64_t left = first;
    for (int64_t s = first; s < sets; s++) {
        int64_t begin = ends[s], end = ends[s + 1];
        if (end - begin <= bar) continue;
        int64_t filled = ends[left];
        for (int64_t e = begin; e < end; e++) who[filled++] = who[e];
        // Sets before are moved already: nothing that is still read is overwritten, as the next begin is not before.
        ends[++left] = filled;
    }
    ends.n = left + 1;
    who.n = ends[left];
}

}  // namespace collusion::agreement

KERNEL(pairs_of_lists) {
    View<const int64_t> u_indptr = call.array<int64_t>("u_indptr");
    View<const int32_t> lists = call.array<int32_t>("lists");
    View<const int64_t> l_indptr = call.array<int64_t>("l_indptr");
    View<const int32_t> users = call.array<int32_t>("users");
    int64_t at_least = call.integer("least", 1);
    call.rows("u_indptr", u_indptr, lists.n);
    call.rows("l_indptr", l_indptr, users.n);
    int64_t n_lists = l_indptr.n - 1;
    call.below("users", users, u_indptr.n - 1);
    call.below("lists", lists, n_lists);
    if (n_lists > INT32_MAX) call.fail(1, "more lists than 32 bits number");

    View<int64_t> count = call.zeros<int64_t>(n_lists);
    View<int32_t> touched = call.make<int32_t>(n_lists);
    Growing<int32_t> a(call), b(call), common(call);
    for (int64_t one = 0; one < n_lists; one++) {
        int64_t n = 0;
        for (int64_t e = l_indptr[one]; e < l_indptr[one + 1]; e++) {
            // From the last list down to this one: those before were paired with it in their turn.
            int64_t begin = u_indptr[users[e]];
            for (int64_t k = u_indptr[users[e] + 1] - 1; k >= begin && lists[k] > one; k--) {
                int32_t other = lists[k];
                if (count[other]++ == 0) touched[n++] = other;
            }
        }
        for (int64_t i = 0; i < n; i++) {
            int32_t other = touched[i];
            if (count[other] >= at_least) {
                a.push((int32_t)one);
                b.push(other);
                common.push((int32_t)min(count[other], (int64_t)INT32_MAX));
            }
            count[other] = 0;
        }
    }
    a.give();
    b.give();
    common.give();
}

KERNEL(users_in_common) {
    agreement::Lists lists{};
    lists.indptr = call.array<int64_t>("indptr");
    lists.users = call.array<int32_t>("users");
    View<const int32_t> a = call.array<int32_t>("a"), b = call.array<int32_t>("b", a.n);
    call.rows("indptr", lists.indptr, lists.users.n);
    call.below("a", a, lists.n());
    call.below("b", b, lists.n());

    View<const int32_t> users = lists.users;
    View<int64_t> ends = call.make<int64_t>(a.n + 1);
    Growing<int32_t> out(call);
    ends[0] = 0;
    for (int64_t pair = 0; pair < a.n; pair++) {
        int64_t i = lists.indptr[a[pair]], i_end = lists.indptr[a[pair] + 1], j = lists.indptr[b[pair]], j_end = lists.indptr[b[pair] + 1];
        out.reserve(min(i_end - i, j_end - j));
        while (i < i_end && j < j_end) {
            int32_t first = users[i], second = users[j];
            out.buffer[out.n] = first;
            out.n += first == second;
            // Equal ones move both.
            i += first <= second;
            j += second <= first;
        }
        ends[pair + 1] = out.n;
    }
    call.give(ends);
    out.give();
}

KERNEL(agreeing_sets) {
    View<const int32_t> a = call.array<int32_t>("a"), b = call.array<int32_t>("b", a.n);
    agreement::Lists lists{};
    lists.indptr = call.array<int64_t>("indptr");
    lists.users = call.array<int32_t>("users");
    View<const int64_t> day = call.array<int64_t>("day", lists.users.n);
    agreement::Pair pair{};
    pair.window = call.integer("window", 0, agreement::FAR);
    pair.at_least = call.integer("least", 1);
    int64_t at_most = call.integer("most", 0);
    call.rows("indptr", lists.indptr, lists.users.n);
    call.below("a", a, lists.n());
    call.below("b", b, lists.n());
    call.within("day", day, -agreement::FAR, agreement::FAR);

    pair.make(call, lists.longest());
    Growing<int64_t> pair_of(call), ends(call);
    Growing<int32_t> who(call);
    ends.push(0);
    for (int64_t k = 0; k < a.n; k++) {
        pair.read(lists, day, a[k], b[k]);
        pair.leave_lonely();
        if (pair.n < pair.at_least) continue;
        int64_t before = ends.n - 1;
        pair.find(ends, who);
        agreement::leave_smallest(before, at_most, ends, who);
        while (pair_of.n < ends.n - 1) pair_of.push(k);
    }
    pair_of.give();
    ends.give();
    who.give();
}
