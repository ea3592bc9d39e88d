// Temporally coherent near-bipartite cores, by coordinate descent from each reviewer (see `coherent_cores.py`).
#include "../kernels/base.hpp"
#include "../kernels/sort.hpp"

namespace collusion::coherent_cores {

// Days beyond the distance of any two dates of 32 bits.
constexpr int64_t EVER = (int64_t)1 << 33;
// Rounding of a share times per count stays below.
constexpr double ROUNDING = 1e-9;

struct Log {
    View<const int64_t> indptr;
    View<const int32_t> reviews, reviewer, product;
    View<const int64_t> product_indptr;
    View<const int32_t> time;
    bool dated;
};

struct Asked {
    int64_t width, no_time, crowd, users, products;
    double share;
    int64_t rounds;
};

struct Window {
    int64_t low, high;
};

// The reviews of a product from the day ``begin`` to ``width`` days later; all of them where the log has no dates.
static Window window(const Log &log, int64_t p, int64_t begin, int64_t width) {
    int64_t low = log.product_indptr[p], high = log.product_indptr[p + 1];
    if (!log.dated) return {low, high};
    low = lower_bound(log.time.data, low, high, begin);
    return {low, lower_bound(log.time.data, low, high, begin + width + 1)};
}

// So many, at least, that their number is the share of n.
static int64_t share_of(double share, int64_t n) { return (int64_t)ceil(share * (double)n - ROUNDING); }

// What one descent after another writes into. Rows of ``where`` and ``begin`` are windows of products.
struct Room {
    View<int32_t> count;  // visits of each reviewer: 0 but while visitors are counted
    View<int32_t> seen, users, again;
    View<int32_t> review, where, chosen;
    View<int64_t> time, begin, in_window, ranked;

    void make(Call &call, int64_t n_reviewers) {
        count = call.zeros<int32_t>(n_reviewers);
        seen = call.make<int32_t>(n_reviewers);
        users = call.make<int32_t>(n_reviewers);
        again = call.make<int32_t>(n_reviewers);
    }
    // Room for the windows of n reviews.
    void hold(Call &call, int64_t n) {
        if (n <= review.n) return;
        n = max(n, 2 * review.n);
        call.resize(review, n);
        call.resize(where, n);
        call.resize(time, n);
        call.resize(begin, n);
        call.resize(in_window, n);
        call.resize(ranked, n);
    }
};

// Count the visits of each reviewer to so many products within their windows; return how many visitors there are. -1, and no visits, where
// a window contains more than ``crowd`` reviews.
static int64_t visitors(const Log &log, const Asked &asked, Room &room, int64_t products, int64_t width) {
    int32_t *count = room.count.data;
    int64_t n = 0;
    for (int64_t k = 0; k < products; k++) {
        Window at = window(log, room.where[k], room.begin[k], width);
        if (at.high - at.low > asked.crowd) {
            for (int64_t i = 0; i < n; i++) count[room.seen[i]] = 0;
            return -1;
        }
        for (int64_t s = at.low; s < at.high; s++) {
            int32_t u = log.reviewer[s];
            if (count[u]++ == 0) room.seen[n++] = u;
        }
    }
    return n;
}

static void forget(Room &room, int64_t n) {
    for (int64_t k = 0; k < n; k++) room.count[room.seen[k]] = 0;
}

// Put the visitors of at least so many products, ascending, into ``kept``; return how many they are, and add up their visits.
static int64_t frequent(Room &room, int64_t n, int64_t least, View<int32_t> kept, int64_t &visits) {
    int64_t found = 0;
    visits = 0;
    for (int64_t k = 0; k < n; k++) {
        int32_t u = room.seen[k];
        if (room.count[u] < least) continue;
        kept[found++] = u;
        visits += room.count[u];
    }
    sort(kept.part(0, found));
    return found;
}

// The first day of the earliest window that contains the most of the times (ascending), and how many it contains.
static void best_window(View<const int64_t> times, int64_t width, int64_t &at, int64_t &best) {
    best = 0;
    at = times[0];
    int64_t low = 0;
    for (int64_t high = 0; high < times.n; high++) {
        while (times[high] - times[low] > width) low++;
        if (high - low + 1 > best) {
            best = high - low + 1;
            at = times[low];
        }
    }
}

// Put the products of which one window contains the share of the users into ``where`` and ``begin``, ascending; return how many they are.
// Where these are fewer than asked for, that many of the best, ties included; but none where there is a single user.
static int64_t targets(Call &call, const Log &log, const Asked &asked, Room &room, int64_t users) {
    int64_t n = 0;
    for (int64_t k = 0; k < users; k++) n += log.indptr[room.users[k] + 1] - log.indptr[room.users[k]];
    room.hold(call, n);
    n = 0;
    for (int64_t k = 0; k < users; k++)
        for (int64_t e = log.indptr[room.users[k]]; e < log.indptr[room.users[k] + 1]; e++) {
            int32_t s = log.reviews[e];
            if (!log.dated || log.time[s] != asked.no_time) room.review[n++] = s;
        }
    // Reviews ascend by product and, within one, by time.
    View<int32_t> review = room.review.part(0, n);
    sort(review);
    int64_t found = 0, enough = 0, bar = max<int64_t>(share_of(asked.share, users), 2);
    for (int64_t first = 0, last; first < n; first = last) {
        int32_t p = log.product[review[first]];
        for (last = first; last < n && log.product[review[last]] == p; last++) room.time[last] = log.dated ? log.time[review[last]] : 0;
        best_window(room.time.part(first, last), asked.width, room.begin[found], room.in_window[found]);
        room.where[found] = p;
        enough += room.in_window[found] >= bar;
        found++;
    }
    if (enough < asked.products && found >= asked.products) {
        for (int64_t k = 0; k < found; k++) room.ranked[k] = room.in_window[k];
        sort(room.ranked.data, found);
        bar = max<int64_t>(room.ranked[found - asked.products], 2);
    }
    int64_t chosen = 0;
    for (int64_t k = 0; k < found; k++) {
        if (room.in_window[k] < bar) continue;
        room.where[chosen] = room.where[k];
        room.begin[chosen++] = room.begin[k];
    }
    return chosen;
}

// Put into ``users`` who reviewed as many of the seed's products as possible close to the seed, the number asked for at most, if enough
// did; return how many they are. Adds up the seed's windows with too many reviews.
static int64_t partners(Call &call, const Log &log, const Asked &asked, Room &room, int64_t seed, int64_t &crowded) {
    int64_t n = 0, users = 0;
    room.hold(call, log.indptr[seed + 1] - log.indptr[seed]);
    for (int64_t e = log.indptr[seed]; e < log.indptr[seed + 1]; e++) {
        int32_t s = log.reviews[e];
        if (log.dated && log.time[s] == asked.no_time) continue;
        int64_t day = log.dated ? log.time[s] - asked.width : 0;
        Window at = window(log, log.product[s], day, 2 * asked.width);
        if (at.high - at.low > asked.crowd) {
            crowded++;
            continue;
        }
        room.where[n] = log.product[s];
        room.begin[n++] = day;
    }
    if (n < asked.products) return 0;
    int64_t met = visitors(log, asked, room, n, 2 * asked.width), visits;
    for (int64_t wanted = asked.products; wanted >= 2; wanted--) {
        users = frequent(room, met, wanted, room.users, visits);
        if (users >= asked.users) break;
    }
    forget(room, met);
    return users;
}

static void search(Call &call, Log log, Asked asked) {
    int64_t n_reviewers = log.indptr.n - 1, crowded = 0;
    Room room;
    room.make(call, n_reviewers);
    Growing<int64_t> ends_u(call), ends_p(call), inside(call);
    Growing<int32_t> out_u(call), out_p(call);
    ends_u.push(0);
    ends_p.push(0);
    for (int64_t seed = 0; seed < n_reviewers; seed++) {
        if (log.indptr[seed + 1] - log.indptr[seed] < asked.products) continue;
        int64_t users = partners(call, log, asked, room, seed, crowded), best = 0, from_u = out_u.n, from_p = out_p.n;
        for (int64_t round = 0; round < asked.rounds && users >= asked.users; round++) {
            int64_t products = targets(call, log, asked, room, users), visits;
            if (products < asked.products) break;
            int64_t met = visitors(log, asked, room, products, asked.width);
            if (met < 0) {
                crowded++;
                break;
            }
            int64_t again = frequent(room, met, share_of(asked.share, products), room.again, visits);
            forget(room, met);
            if (again >= asked.users && visits > best) {
                best = visits;
                out_u.n = from_u;
                out_p.n = from_p;
                for (int64_t k = 0; k < again; k++) out_u.push(room.again[k]);
                for (int64_t k = 0; k < products; k++) out_p.push(room.where[k]);
            }
            bool same = again == users && memcmp(room.again.data, room.users.data, (size_t)again * sizeof(int32_t)) == 0;
            if (same) break;
            swap(room.again, room.users);
            users = again;
        }
        if (!best) continue;
        inside.push(best);
        ends_u.push(out_u.n);
        ends_p.push(out_p.n);
    }
    ends_u.give();
    out_u.give();
    ends_p.give();
    out_p.give();
    inside.give();
    call.give(crowded);
}

}  // namespace collusion::coherent_cores

KERNEL(coherent_cores) {
    coherent_cores::Log log;
    log.indptr = call.array<int64_t>("indptr");
    log.reviews = call.array<int32_t>("edges");
    log.reviewer = call.array<int32_t>("reviewer");
    log.product = call.array<int32_t>("product", log.reviewer.n);
    log.product_indptr = call.array<int64_t>("product_indptr");
    log.time = call.array<int32_t>("time");
    log.dated = call.flag("dated");
    if (log.time.n != (log.dated ? log.reviewer.n : 0)) call.fail(1, "`time`: it has not the length of `reviewer`");
    call.rows("indptr", log.indptr, log.reviews.n);
    call.rows("product_indptr", log.product_indptr, log.reviewer.n);
    if (log.indptr.n - 1 > INT32_MAX) call.fail(1, "`indptr`: more than %d reviewers", INT32_MAX);
    call.below("edges", log.reviews, log.reviewer.n);
    call.below("reviewer", log.reviewer, log.indptr.n - 1);
    call.below("product", log.product, log.product_indptr.n - 1);

    coherent_cores::Asked asked;
    asked.width = min(call.integer("width", 0), coherent_cores::EVER);
    asked.no_time = call.integer("no_time");
    asked.crowd = call.integer("crowd");
    asked.users = call.integer("min_reviewers", 1);
    asked.products = call.integer("min_products", 1);
    asked.share = call.real("share");
    if (!(asked.share >= 0.0 && asked.share <= 1.0)) call.fail(1, "`share`: %g is not from 0 to 1", asked.share);
    asked.rounds = call.integer("rounds", 0, INT16_MAX);
    coherent_cores::search(call, log, asked);
}
