// Peeling a sparse tensor of reviews to a dense block (see `tensor.py`).
#include "../kernels/base.hpp"

namespace collusion::tensor {

enum Kind : int64_t { ARITHMETIC, GEOMETRIC, SUSPICIOUSNESS };
// As in `tensor.py`.
constexpr double EQUAL = 1e-9;

static double density(int64_t kind, int64_t mass, View<const int64_t> size, int64_t whole_mass, View<const int64_t> whole_size) {
    if (mass <= 0) return -INFINITY;
    int64_t modes = size.n;
    if (kind == ARITHMETIC) {
        int64_t sum = 0;
        for (int64_t n = 0; n < modes; n++) sum += size[n];
        return (double)(mass * modes) / (double)sum;
    }
    if (kind == GEOMETRIC) {
        double volume = 1.0;
        for (int64_t n = 0; n < modes; n++) volume *= (double)size[n];
        return (double)mass / pow(volume, 1.0 / (double)modes);
    }
    double share = 1.0, logs = 0.0;
    for (int64_t n = 0; n < modes; n++) {
        double part = (double)size[n] / (double)whole_size[n];
        share *= part;
        logs += log(part);
    }
    return (double)mass * (log((double)mass / (double)whole_mass) - 1.0) + (double)whole_mass * share - (double)mass * logs;
}

static bool denser(double one, double other) {
    if (other == -INFINITY) return one > other;
    return one > other + EQUAL * max(fabs(other), 1.0);
}

// The values of a mode that contain so many reviews are a list, linked both ways.
struct Lists {
    View<int32_t> head, after, before;

    void unlink(int64_t v, int64_t bucket) const {
        int32_t next = after[v], last = before[v];
        (last >= 0 ? after[last] : head[bucket]) = next;
        if (next >= 0) before[next] = last;
    }
    void link(int64_t v, int64_t bucket) const {
        int32_t next = head[bucket];
        before[v] = -1;
        after[v] = next;
        if (next >= 0) before[next] = (int32_t)v;
        head[bucket] = (int32_t)v;
    }
};

// Group the reviews that count by value, those of a value ascending.
static void group(Grid<const int32_t> value, View<const bool> gone, View<const int64_t> mass, View<int64_t> indptr, View<int32_t> entries) {
    int64_t total = mass.n;
    indptr[0] = 0;
    for (int64_t v = 0; v < total; v++) indptr[v + 1] = indptr[v] + mass[v];
    for (int64_t n = 0; n < value.rows; n++) {
        View<const int32_t> row = value[n];
        for (int64_t e = 0; e < row.n; e++)
            if (!gone[e]) entries[indptr[row[e]]++] = (int32_t)e;
    }
    for (int64_t v = total; v > 0; v--) indptr[v] = indptr[v - 1];
    indptr[0] = 0;
}

static void peel(Call &call, int64_t kind, Grid<const int32_t> value, View<const int64_t> offset, View<const bool> gone, int64_t whole_mass,
                 View<const int64_t> whole_size, int64_t most) {
    int64_t modes = value.rows, m = value.columns, total = offset[modes], left = 0;
    View<int64_t> mass = call.zeros<int64_t>(total);
    for (int64_t n = 0; n < modes; n++) {
        View<const int32_t> row = value[n];
        left = 0;
        for (int64_t e = 0; e < m; e++) {
            if (row[e] < offset[n] || row[e] >= offset[n + 1])
                call.fail(1, "`value`: %lld is not a value of mode %lld", (long long)row[e], (long long)n);
            if (gone[e]) continue;
            left++;
            mass[row[e]]++;
        }
    }
    View<int64_t> indptr = call.make<int64_t>(total + 1);
    View<int32_t> entries = call.make<int32_t>(left * modes);
    group(value, gone, mass, indptr, entries);
    View<int64_t> size = call.zeros<int64_t>(modes), low = call.zeros<int64_t>(modes), base = call.make<int64_t>(modes + 1);
    base[0] = 0;
    for (int64_t n = 0; n < modes; n++) {
        int64_t highest = 0;
        for (int64_t v = offset[n]; v < offset[n + 1]; v++) highest = collusion::max(highest, mass[v]);
        base[n + 1] = base[n] + highest + 1;
    }
    Lists lists{call.full<int32_t>(base[modes], -1), call.make<int32_t>(total), call.make<int32_t>(total)};
    // The batch in which each value goes. What contains no review is not part of the tensor that is left.
    View<int64_t> taken = call.full<int64_t>(total, -1);
    for (int64_t n = 0; n < modes; n++)
        for (int64_t v = offset[n]; v < offset[n + 1]; v++) {
            if (mass[v] <= 0) continue;
            size[n]++;
            taken[v] = INT64_MAX;
            lists.link(v, base[n] + mass[v]);
        }
    View<bool> dead = call.zeros<bool>(m);
    int64_t step = 0, best_step = size[0] <= most ? 0 : -1;
    double best = size[0] <= most ? density(kind, left, size, whole_mass, whole_size) : -INFINITY;
    while (left > 0) {
        int64_t chosen = -1;
        double highest = -INFINITY;
        for (int64_t n = 0; n < modes; n++) {
            // A review that is left has a value in each mode, so a list that is not empty comes.
            while (lists.head[base[n] + low[n]] < 0) low[n]++;
            size[n]--;
            double rest = density(kind, left - low[n], size, whole_mass, whole_size);
            size[n]++;
            if (chosen < 0 || denser(rest, highest)) {
                chosen = n;
                highest = rest;
            }
        }
        int64_t bucket = base[chosen] + low[chosen];
        int32_t v = lists.head[bucket];
        lists.head[bucket] = -1;
        for (; v >= 0; v = lists.after[v]) {
            taken[v] = step;
            size[chosen]--;
            for (int64_t k = indptr[v]; k < indptr[v + 1]; k++) {
                int32_t e = entries[k];
                if (dead[e]) continue;
                dead[e] = true;
                left--;
                for (int64_t n = 0; n < modes; n++) {
                    if (n == chosen) continue;
                    int32_t w = value[n][e];
                    int64_t before = mass[w]--;
                    lists.unlink(w, base[n] + before);
                    lists.link(w, base[n] + before - 1);
                    low[n] = min(low[n], before - 1);
                }
            }
        }
        step++;
        if (left > 0 && size[0] <= most) {
            double now = density(kind, left, size, whole_mass, whole_size);
            if (denser(now, best)) {
                best = now;
                best_step = step;
            }
        }
    }
    // Batches of more than `most` values may leave nothing small enough.
    View<bool> members = call.make<bool>(total);
    for (int64_t v = 0; v < total; v++) members[v] = best_step >= 0 && taken[v] >= best_step;
    call.give(members);
}

}  // namespace collusion::tensor

KERNEL(tensor_density) {
    int64_t kind = call.integer("kind", tensor::ARITHMETIC, tensor::SUSPICIOUSNESS);
    int64_t mass = call.integer("mass", INT64_MIN, INT32_MAX);
    View<const int64_t> size = call.array<int64_t>("size");
    int64_t whole_mass = call.integer("whole_mass", 1);
    View<const int64_t> whole_size = call.array<int64_t>("whole_size", size.n);
    if (!size.n) call.fail(1, "`size`: no modes");
    call.within("size", size, 0, INT32_MAX);
    call.within("whole_size", whole_size, 1, INT64_MAX);
    call.give(tensor::density(kind, mass, size, whole_mass, whole_size));
}

KERNEL(densest_tensor_block) {
    int64_t kind = call.integer("kind", tensor::ARITHMETIC, tensor::SUSPICIOUSNESS);
    Grid<const int32_t> value = call.grid<int32_t>("value");
    View<const int64_t> offset = call.array<int64_t>("offset", value.rows + 1);
    View<const bool> gone = call.array<bool>("gone", value.columns);
    int64_t whole_mass = call.integer("whole_mass", 1);
    View<const int64_t> whole_size = call.array<int64_t>("whole_size", value.rows);
    int64_t most = call.integer("most");
    if (!value.rows) call.fail(1, "`value`: no modes");
    if (value.columns > INT32_MAX) call.fail(1, "`value`: more than %d reviews", INT32_MAX);
    // Each value is that of a review.
    call.rows("offset", offset, value.rows * value.columns);
    if (offset[0] != 0) call.fail(1, "`offset`: it does not begin at 0");
    call.within("whole_size", whole_size, 1, INT64_MAX);
    tensor::peel(call, kind, value, offset, gone, whole_mass, whole_size, most);
}
