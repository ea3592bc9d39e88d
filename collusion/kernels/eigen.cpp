// Products of small dense matrices and leading eigenvectors, summed in a fixed order: the same bits everywhere, no library's threads.
#include "base.hpp"
#include "hash.hpp"

namespace collusion::eigen {

// Of power iteration. An eigenvalue half as large again as the next is then found to five digits.
constexpr int ITERATIONS = 30;

// Columns that are summed together, in registers: many, since each sum waits for the one before.
constexpr int64_t TOGETHER = 16, SOME = 4;
// Columns from which a row of the product is added up in memory instead, so that zeros of ``a`` are passed over once.
constexpr int64_t WIDE = 128;

// So many entries of a row of the product, from one on: each sum goes along the row of ``a``, in order, without its zeros.
template <int64_t N> static void multiply_some(const double *a, int64_t m, const double *b, int64_t k, double *out) {
    double sum[N] = {};
    for (int64_t e = 0; e < m; e++) {
        const double own = a[e], *row = b + e * k;
        if (own == 0.0) continue;
        for (int64_t j = 0; j < N; j++) sum[j] += own * row[j];
    }
    for (int64_t j = 0; j < N; j++) out[j] = sum[j];
}

static void multiply(Grid<const double> a, Grid<const double> b, Grid<double> out) {
    const int64_t m = a.columns, k = b.columns;
    for (int64_t i = 0; i < a.rows; i++) {
        const double *own = a.data + i * m;
        double *to = out.data + i * k;
        if (k >= WIDE) {
            for (int64_t c = 0; c < k; c++) to[c] = 0.0;
            for (int64_t e = 0; e < m; e++) {
                const double *row = b.data + e * k;
                if (own[e] == 0.0) continue;
                for (int64_t c = 0; c < k; c++) to[c] += own[e] * row[c];
            }
            continue;
        }
        int64_t j = 0;
        for (; j + TOGETHER <= k; j += TOGETHER) multiply_some<TOGETHER>(own, m, b.data + j, k, to + j);
        for (; j + SOME <= k; j += SOME) multiply_some<SOME>(own, m, b.data + j, k, to + j);
        for (; j < k; j++) multiply_some<1>(own, m, b.data + j, k, to + j);
    }
}

// Make the columns orthogonal and of length 1, in place, from the first to the last (Gram and Schmidt, twice, against rounding).
static void orthonormalise(Grid<double> x) {
    const int64_t n = x.rows, k = x.columns;
    for (int64_t j = 0; j < k; j++) {
        for (int again = 0; again < 2; again++) {
            for (int64_t c = 0; c < j; c++) {
                double dot = 0.0;
                for (int64_t i = 0; i < n; i++) dot += x.data[i * k + c] * x.data[i * k + j];
                for (int64_t i = 0; i < n; i++) x.data[i * k + j] -= dot * x.data[i * k + c];
            }
        }
        double square = 0.0;
        for (int64_t i = 0; i < n; i++) square += x.data[i * k + j] * x.data[i * k + j];
        const double length = sqrt(square);
        for (int64_t i = 0; i < n; i++) x.data[i * k + j] = length > 0.0 ? x.data[i * k + j] / length : 0.0;
    }
}

}  // namespace collusion::eigen

KERNEL(multiply_matrices) {
    auto a = call.grid<double>("a");
    auto b = call.grid<double>("b", a.columns);
    Grid<double> out = call.make_grid<double>(a.rows, b.columns);
    eigen::multiply(a, b, out);
    call.give(out);
}

KERNEL(leading_eigenvectors) {
    auto matrix = call.grid<double>("matrix");
    const int64_t n = matrix.rows, k = call.integer("k", 0, n);
    if (matrix.columns != n) call.fail(1, "`matrix`: expected a square, got %lld by %lld", (long long)n, (long long)matrix.columns);
    Grid<double> x = call.make_grid<double>(n, k), next = call.make_grid<double>(n, k);
    for (int64_t at = 0; at < n * k; at++) x.data[at] = (double)(mix64((uint64_t)at) >> 11) * 0x1p-53 - 0.5;
    for (int t = 0; t < eigen::ITERATIONS; t++) {
        eigen::orthonormalise(x);
        eigen::multiply(matrix, {x.data, n, k}, next);
        swap(x, next);
    }
    eigen::orthonormalise(x);
    call.give(x);
}
