// Bursts and drops of each product's reviews in bins of time.
#include "../kernels/base.hpp"
#include "../kernels/rounding.hpp"

namespace collusion::bursts {

// What 1.0 is in the integers returned.
constexpr int64_t UNIT = 1024;
// Share of the highest bin that the peak of a further burst must reach.
constexpr double HEIGHT = 0.5;

inline int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

// The bins of one product that matter, ascending, how many reviews each has, and the bursts among them.
struct Series {
    View<int64_t> place, counts;
    int64_t n;
    View<int64_t> begin, end, weight;
    int64_t found;
    double drop;
    View<int64_t> waiting;  // the first and last bins of parts that bursts are still looked for in

    // The bin that is deepest below the line from (first, its count) to (last, its count); of equals that next to the peak.
    int64_t sag(int64_t first, int64_t last, int64_t peak) const {
        int64_t width = place[last] - place[first], best = -1, at = first;
        for (int64_t i = first; i <= last; i++) {
            int64_t below = counts[first] * width + (counts[last] - counts[first]) * (place[i] - place[first]) - counts[i] * width;
            if (below > best || (below == best && distance(i, peak) < distance(at, peak))) {
                best = below;
                at = i;
            }
        }
        // Where the line has no sag, all that is between is on it or above it.
        return at != peak ? at : peak == last ? first : last;
    }

    // Find the first and last bin and the weight of each burst, and the weight of the drop after the highest.
    void find() {
        int64_t highest = counts[0];
        for (int64_t i = 1; i < n; i++) highest = max(highest, counts[i]);
        found = 0;
        drop = 0.0;
        bool whole = true;
        waiting[0] = 0;
        waiting[1] = n - 1;
        // Parts are apart and have two bins at least, so half as many as bins can wait.
        for (int64_t waits = 1; waits > 0;) {
            waits--;
            int64_t left = waiting[2 * waits], right = waiting[2 * waits + 1], peak = left;
            for (int64_t i = left; i <= right; i++)
                if (counts[i] > counts[peak]) peak = i;
            if (counts[peak] == 0 || (double)counts[peak] < HEIGHT * (double)highest) continue;
            int64_t wakes = peak > left ? sag(left, peak, peak) : peak;
            int64_t dies = peak < right ? sag(peak, right, peak) : peak;
            int64_t rise = counts[peak] - counts[wakes];
            if (rise > 0) {
                begin[found] = wakes;
                end[found] = peak;
                weight[found++] = rounded((double)(UNIT * rise * rise) / (double)(place[peak] - place[wakes]));
            }
            if (whole && dies > peak) {
                int64_t fall = counts[peak] - counts[dies];
                drop = (double)(fall * fall) / (double)(place[dies] - place[peak]);
            }
            whole = false;
            // A part must be smaller than what it is a part of.
            if (wakes > left && wakes < peak) {
                waiting[2 * waits] = left;
                waiting[2 * waits++ + 1] = wakes;
            }
            if (dies < right && dies > peak) {
                waiting[2 * waits] = dies;
                waiting[2 * waits++ + 1] = right;
            }
        }
    }
};

}  // namespace collusion::bursts

KERNEL(bursts_and_drops) {
    using namespace collusion::bursts;
    View<const int64_t> indptr = call.array<int64_t>("product_indptr"), bins = call.array<int64_t>("bins");
    call.rows("product_indptr", indptr, bins.n);
    call.within("bins", bins, -1, INT64_MAX);
    int64_t last = -1, longest = 0;
    for (int64_t s = 0; s < bins.n; s++) last = max(last, bins[s]);
    for (int64_t p = 0; p + 1 < indptr.n; p++) longest = max(longest, indptr[p + 1] - indptr[p]);
    View<int64_t> weights = call.zeros<int64_t>(bins.n);
    View<double> drops = call.zeros<double>(indptr.n - 1);
    Series series{};
    int64_t room = 3 * longest + 2;
    series.place = call.make<int64_t>(room);
    series.counts = call.make<int64_t>(room);
    series.begin = call.make<int64_t>(room);
    series.end = call.make<int64_t>(room);
    series.weight = call.make<int64_t>(room);
    series.waiting = call.make<int64_t>(2 * room);
    View<int64_t> point = call.make<int64_t>(longest), sums = call.make<int64_t>(room);
    for (int64_t p = 0; p + 1 < indptr.n; p++) {
        int64_t start = indptr[p], stop = indptr[p + 1];
        while (start < stop && bins[start] < 0) start++;
        if (start == stop) continue;
        // Of each run of empty bins the first and the last: a line between two bins is furthest above the run at one of these. One before
        // the first review is empty, and one after the last where the log goes on.
        View<int64_t> place = series.place, counts = series.counts;
        place[0] = bins[start] - 1;
        counts[0] = 0;
        int64_t n = 1;
        for (int64_t s = start; s < stop; s++) {
            if (bins[s] > place[n - 1]) {
                int64_t empty[] = {place[n - 1] + 1, bins[s] - 1};
                for (int64_t bin : empty)
                    if (bin > place[n - 1] && bin < bins[s]) {
                        place[n] = bin;
                        counts[n++] = 0;
                    }
                place[n] = bins[s];
                counts[n++] = 0;
            }
            counts[n - 1]++;
            point[s - start] = n - 1;
        }
        if (bins[stop - 1] < last) {
            place[n] = bins[stop - 1] + 1;
            counts[n++] = 0;
        }
        series.n = n;
        series.find();
        drops[p] = series.drop;
        for (int64_t b = 0; b < n; b++) sums[b] = 0;
        for (int64_t k = 0; k < series.found; k++)
            for (int64_t b = series.begin[k]; b <= series.end[k]; b++) sums[b] += series.weight[k];
        for (int64_t s = start; s < stop; s++) weights[s] = sums[point[s - start]];
    }
    call.give(weights);
    call.give(drops);
}
