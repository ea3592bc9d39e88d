// Pairs of reviews of one product that are alike in time and rating.
#include "base.hpp"

namespace collusion::similar {

// The root of one half, divided as Python does.
static double root_of_half() { return 1.0 / sqrt(2.0); }

struct Log {
    View<const int64_t> indptr;
    View<const int32_t> time;
    int64_t no_time, window;

    static Log read(Call &call) {
        Log one;
        one.indptr = call.array<int64_t>("indptr");
        one.time = call.array<int32_t>("time");
        one.no_time = call.integer("no_time");
        one.window = call.integer("window", 0, UINT32_MAX);
        call.rows("indptr", one.indptr, one.time.n);
        return one;
    }
    // The first review of a product that has a time.
    int64_t dated(int64_t p) const {
        int64_t start = indptr[p];
        while (start < indptr[p + 1] && time[start] == no_time) start++;
        return start;
    }
};

static void count_near(const Log &log, View<int64_t> degree) {
    for (int64_t p = 0; p < log.indptr.n - 1; p++) {
        int64_t start = log.dated(p), end = log.indptr[p + 1], left = start, right = start;
        for (int64_t i = start; i < end; i++) {
            while (log.time[left] < log.time[i] - log.window) left++;
            while (right < end && log.time[right] <= log.time[i] + log.window) right++;
            degree[i] = right - left;
        }
    }
}

struct Ratings {
    View<const float> rating;  // none where the log has no ratings
    double stars;
};

static void pairs(Call &call, const Log &log, const Ratings &ratings, View<const int32_t> reviewer, View<const int64_t> degree,
                  int64_t most_near, View<const double> by_day, double threshold) {
    Growing<int32_t> a(call), b(call);
    Growing<double> similarity(call);
    double root = root_of_half();
    bool rated = ratings.rating.n > 0;
    for (int64_t p = 0; p < log.indptr.n - 1; p++) {
        int64_t start = log.dated(p), end = log.indptr[p + 1], until = start;
        for (int64_t i = start + 1; i < end; i++)
            if (log.time[i] < log.time[i - 1]) call.fail(1, "`time`: the reviews of a product are not in the order of time");
        for (int64_t i = start; i < end; i++) {
            while (until < end && (int64_t)log.time[until] - log.time[i] <= log.window) until++;
            if (degree[i] > most_near) continue;
            a.reserve(until - i);
            b.reserve(until - i);
            similarity.reserve(until - i);
            int32_t u = reviewer[i], *first = a.buffer.data, *second = b.buffer.data;
            double *found = similarity.buffer.data;
            int64_t n = a.n;
            for (int64_t j = i + 1; j < until; j++) {
                if (degree.data[j] > most_near) continue;
                double alike = by_day[(int64_t)log.time.data[j] - log.time.data[i]];
                if (rated) {
                    double apart = fabs((double)ratings.rating.data[i] - (double)ratings.rating.data[j]);
                    if (apart != apart) continue;
                    // Twice the normal tail beyond it, as for days.
                    alike *= erfc(apart / ratings.stars * root);
                }
                // Written in any case, and kept where it is no less: there is room, and whether it is cannot be foretold.
                first[n] = min(u, reviewer.data[j]);
                second[n] = max(u, reviewer.data[j]);
                found[n] = alike;
                n += !(alike < threshold);
            }
            a.n = b.n = similarity.n = n;
        }
    }
    a.give();
    b.give();
    similarity.give();
}

}  // namespace collusion::similar

KERNEL(similar_degrees) {
    similar::Log log = similar::Log::read(call);
    View<int64_t> degree = call.zeros<int64_t>(log.time.n);
    similar::count_near(log, degree);
    call.give(degree);
}

KERNEL(similar_pairs) {
    similar::Log log = similar::Log::read(call);
    View<const float> rating = call.array<float>("rating");
    View<const int32_t> reviewer = call.array<int32_t>("reviewer", log.time.n);
    View<const int64_t> degree = call.array<int64_t>("degree", log.time.n);
    int64_t most_near = call.integer("most_near");
    View<const double> by_day = call.array<double>("by_day");
    double stars = call.real("stars"), threshold = call.real("threshold");
    if (rating.n && rating.n != log.time.n) call.fail(1, "`rating`: expected an entry a review, or none");
    if (by_day.n <= log.window) call.fail(1, "`by_day`: fewer days than the window has");
    if (!(stars > 0)) call.fail(1, "`stars`: expected a number above 0");
    similar::pairs(call, log, {rating, stars}, reviewer, degree, most_near, by_day, threshold);
}

KERNEL(count_in_common) {
    View<const int32_t> one = call.array<int32_t>("one"), other = call.array<int32_t>("other", one.n);
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> edges = call.array<int32_t>("edges"), product = call.array<int32_t>("product"), time = call.array<int32_t>("time");
    int64_t no_time = call.integer("no_time"), window = call.integer("window");
    View<int32_t> counts = call.output<int32_t>("counts", one.n);
    call.rows("indptr", indptr, edges.n);
    call.below("one", one, indptr.n - 1);
    call.below("other", other, indptr.n - 1);
    call.below("edges", edges, product.n);
    if (time.n && time.n != product.n) call.fail(1, "`time`: expected an entry an edge, or none");
    for (int64_t k = 0; k < one.n; k++) {
        int64_t i = indptr[one[k]], i_end = indptr[one[k] + 1], j = indptr[other[k]], j_end = indptr[other[k] + 1];
        int32_t common = 0;
        while (i < i_end && j < j_end) {
            int32_t a = edges[i], b = edges[j];
            if (product[a] < product[b]) {
                i++;
            } else if (product[b] < product[a]) {
                j++;
            } else {
                if (time.n) {
                    int64_t when = time[a], then = time[b], gap = when < then ? then - when : when - then;
                    common += when != no_time && then != no_time && gap <= window;
                } else {
                    common++;
                }
                i++;
                j++;
            }
        }
        counts[k] += common;
    }
}
