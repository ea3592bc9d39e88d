// Strata of edges, and how many reviews of each stratum reviewers have: of 16 bits where that is enough.
#pragma once
#include "base.hpp"

namespace collusion {

// Numbers of 16 or 32 bits: read where memory is what takes time, so that no kernel is compiled once a type.
template <class Narrow> struct Either {
    const Narrow *narrow = nullptr;
    const int32_t *wide = nullptr;
    int64_t n = 0;
    Array *from = nullptr;

    int64_t operator[](int64_t i) const { return narrow ? (int64_t)narrow[i] : (int64_t)wide[i]; }
    void ask(int64_t i) const {
        if (narrow)
            prefetch(narrow + i);
        else
            prefetch(wide + i);
    }
    static Either read(Call &call, const char *name, int64_t length = -1) {
        Either one;
        one.from = &call.any(name, length);
        one.n = one.from->shape[0];
        call.with<Narrow, int32_t>(name, *one.from, [&](auto values) { one.set(values.data); });
        return one;
    }
    // Values are from 0 up to ``end``.
    void check(Call &call, const char *name, int64_t end) const {
        call.with<Narrow, int32_t>(name, *from, [&](auto values) { call.below(name, values, end); });
    }
    void set(const Narrow *values) { narrow = values; }
    void set(const int32_t *values) { wide = values; }
};

using Strata = Either<int16_t>;
using Times = Either<uint16_t>;

// Reviews of each row by stratum, as `collusion.kernels.activity.Activity` contains them.
struct Activity {
    View<const int64_t> indptr;
    Strata strata;
    Times counts;

    static Activity read(Call &call) {
        Activity one;
        one.indptr = call.array<int64_t>("indptr of activity");
        one.strata = Strata::read(call, "strata of activity");
        one.counts = Times::read(call, "counts of activity", one.strata.n);
        call.rows("indptr of activity", one.indptr, one.strata.n);
        return one;
    }
    int64_t rows() const { return indptr.n - 1; }
};

}  // namespace collusion
