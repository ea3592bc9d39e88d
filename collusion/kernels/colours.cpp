// Hashes of the surroundings of each product and reviewer, which do not depend on names or on the order of rows. One pass each, no sort.
#include "colours.hpp"
#include "hash.hpp"

namespace collusion::colours {

// Odd multipliers for dates, ratings, reviewers and products.
constexpr uint64_t ODD[] = {GOLDEN, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, 0x27D4EB2F165667C5u};
// Reviews that are prefetched ahead.
constexpr int64_t AHEAD = 32;

// The dates and ratings of reviews, where there are any.
struct Reviews {
    View<const int32_t> time;
    int64_t first;
    bool dated;
    View<const uint32_t> bits;
    bool rated;

    static Reviews read(Call &call) {
        Reviews one;
        one.time = call.array<int32_t>("time");
        one.first = call.integer("first");
        one.dated = call.flag("dated");
        one.bits = call.array<uint32_t>("bits");
        one.rated = call.flag("rated");
        return one;
    }
    void check(Call &call, int64_t n) const {
        if (dated && time.n != n) call.fail(1, "`time`: expected an entry a review");
        if (rated && bits.n != n) call.fail(1, "`bits`: expected an entry a review");
    }
    // As many as columns have; without any column, no matter how many.
    int64_t length() const { return dated ? time.n : rated ? bits.n : INT64_MAX; }
    bool alike() const { return !dated && !rated; }

    template <bool DATED, bool RATED> struct Own {
        const int32_t *time;
        int64_t first;
        const uint32_t *bits;

        uint64_t operator()(int64_t s) const {
            // Not 0, which would be hashed to 0: a review of the first day would add nothing to a sum.
            uint64_t colour = ODD[2];
            if (DATED) colour += (uint64_t)((int64_t)time[s] - first) * ODD[0];
            if (RATED) colour += ((uint64_t)rating_word(bits[s]) + 1) * ODD[1];
            return colour;
        }
    };
    // Call ``work`` with what makes the colour of a review; a loop for each of the columns that there may be.
    template <class Work> void with_own(Work work) const {
        const int32_t *t = time.data;
        const uint32_t *b = bits.data;
        if (dated && rated)
            work(Own<true, true>{t, first, b});
        else if (dated)
            work(Own<true, false>{t, first, b});
        else if (rated)
            work(Own<false, true>{t, first, b});
        else
            work(Own<false, false>{t, first, b});
    }
};

static inline uint64_t mixed(uint64_t colour) {
    colour ^= colour >> 29;
    colour *= ODD[3];
    return colour ^ (colour >> 32);
}

}  // namespace collusion::colours

KERNEL(colour_reviews) {
    colours::Reviews reviews = colours::Reviews::read(call);
    View<uint64_t> out = call.output<uint64_t>("colours");
    reviews.check(call, out.n);
    reviews.with_own([&](auto own) {
        uint64_t *to = out.data;
        for (int64_t s = 0, n = out.n; s < n; s++) to[s] = colours::mixed(own(s));
    });
}

KERNEL(colour_timelines) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    colours::Reviews reviews = colours::Reviews::read(call);
    View<uint64_t> out = call.output<uint64_t>("colours", indptr.n - 1);
    call.rows("indptr", indptr, reviews.length());
    reviews.check(call, reviews.length());
    reviews.with_own([&](auto own) {
        for (int64_t p = 0; p < out.n; p++) {
            int64_t begin = indptr[p], end = indptr[p + 1];
            // Without columns there may be any number of reviews, all of one colour.
            uint64_t timeline = 0;
            if (reviews.alike()) {
                timeline = (uint64_t)(end - begin) * colours::mixed(own(0));
                end = begin;
            }
            for (int64_t s = begin; s < end; s++) timeline += colours::mixed(own(s));
            out[p] = timeline * colours::ODD[3];
        }
    });
}

KERNEL(colour_reviewers) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> reviewer = call.array<int32_t>("reviewer");
    colours::Reviews reviews = colours::Reviews::read(call);
    View<const uint64_t> products = call.array<uint64_t>("products", indptr.n - 1);
    View<uint64_t> out = call.output<uint64_t>("colours");
    reviews.check(call, reviewer.n);
    call.rows("indptr", indptr, reviewer.n);
    call.below("reviewer", reviewer, out.n);
    reviews.with_own([&](auto own) {
        for (int64_t p = 0; p < products.n; p++)
            for (int64_t s = indptr[p]; s < indptr[p + 1]; s++) {
                prefetch(out, reviewer.data[min(s + colours::AHEAD, reviewer.n - 1)]);
                out.data[reviewer.data[s]] += colours::mixed(products[p] + own(s));
            }
    });
}

KERNEL(add_reviewers) {
    View<const int64_t> indptr = call.array<int64_t>("indptr");
    View<const int32_t> reviewer = call.array<int32_t>("reviewer");
    View<const uint64_t> users = call.array<uint64_t>("users");
    View<uint64_t> products = call.output<uint64_t>("products", indptr.n - 1);
    call.rows("indptr", indptr, reviewer.n);
    call.below("reviewer", reviewer, users.n);
    for (int64_t p = 0; p < products.n; p++) {
        uint64_t sum = 0;
        for (int64_t s = indptr[p]; s < indptr[p + 1]; s++) {
            prefetch(users, reviewer.data[min(s + colours::AHEAD, reviewer.n - 1)]);
            sum += mix64(users.data[reviewer.data[s]]);
        }
        products[p] = mix64(products[p] ^ sum);
    }
}
