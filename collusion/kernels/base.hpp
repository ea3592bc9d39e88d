// What every kernel uses: views of arrays that know their length, checks of what Python passed, and memory that belongs to one call.
//
// A kernel is a function of one `Call`. It reads its arguments in order, each with the type, length and range that it relies on, does its
// work, and gives its results. A wrong argument, or memory that runs out, ends the call in `fail`, which jumps back to the door. All memory
// belongs to the call and nothing has a destructor, so nothing leaks. There are no exceptions, and no library but C's.
#pragma once

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define COLLUSION_EXPORT extern "C" __declspec(dllexport)
#else
#define COLLUSION_EXPORT extern "C" __attribute__((visibility("default")))
#endif

#ifndef COLLUSION_LEVEL
#define COLLUSION_LEVEL base
#endif
#define COLLUSION_JOIN_(level, name) collusion_##level##_##name
#define COLLUSION_JOIN(level, name) COLLUSION_JOIN_(level, name)

// One namespace for each level of the processor: else the linker would keep one copy of what both have in common.
#define collusion COLLUSION_JOIN(COLLUSION_LEVEL, namespace)

namespace collusion {

// Codes of dtypes, as in `door.py`.
enum Type : int32_t { BOOL, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64, INTEGER, REAL };

template <class T> struct type_of;
#define COLLUSION_TYPE(T, CODE, NAME) \
    template <> struct type_of<T> { \
        static constexpr int32_t code = CODE; \
        static constexpr const char *name = NAME; \
    };
COLLUSION_TYPE(bool, BOOL, "bool")
COLLUSION_TYPE(int8_t, INT8, "int8")
COLLUSION_TYPE(uint8_t, UINT8, "uint8")
COLLUSION_TYPE(int16_t, INT16, "int16")
COLLUSION_TYPE(uint16_t, UINT16, "uint16")
COLLUSION_TYPE(int32_t, INT32, "int32")
COLLUSION_TYPE(uint32_t, UINT32, "uint32")
COLLUSION_TYPE(int64_t, INT64, "int64")
COLLUSION_TYPE(uint64_t, UINT64, "uint64")
COLLUSION_TYPE(float, FLOAT32, "float32")
COLLUSION_TYPE(double, FLOAT64, "float64")
#undef COLLUSION_TYPE

inline const char *name_of(int32_t type) {
    static const char *const names[] = {"bool",  "int8",   "uint8",   "int16",   "uint16",     "int32", "uint32",
                                        "int64", "uint64", "float32", "float64", "an integer", "a real number"};
    return type >= 0 && type <= REAL ? names[type] : "another dtype";
}

constexpr int64_t MAX_DIMENSIONS = 4;
constexpr int64_t MAX_RESULTS = 16;

enum Flag : int32_t { WRITEABLE = 1, CONTIGUOUS = 2 };
enum Known : int32_t { RANGE = 1, ASCENDING = 2, NOT_ASCENDING = 4 };

// An argument or a result, as the door packs it. The layout is that of `door.py`.
struct Array {
    void *data;
    int64_t shape[MAX_DIMENSIONS];
    int64_t low, high;  // least and largest value, where known
    int64_t integer;    // the value of an integer that is no array
    double real;        // of a real number
    int32_t dimensions;
    int32_t type;
    int32_t flags;
    int32_t known;
};

#ifdef COLLUSION_CHECKED
[[noreturn]] inline void out_of_bounds(int64_t i, int64_t n) {
    fprintf(stderr, "collusion: index %lld of %lld\n", (long long)i, (long long)n);
    abort();
}
#endif

// n values in contiguous memory, which the view does not own.
template <class T> struct View {
    T *data = nullptr;
    int64_t n = 0;
    Array *from = nullptr;  // the argument it is, if one

    View() = default;
    View(T *data, int64_t n, Array *from = nullptr) : data(data), n(n), from(from) {}
    operator View<const T>() const { return {data, n, from}; }

    T &operator[](int64_t i) const {
#ifdef COLLUSION_CHECKED
        if (i < 0 || i >= n) out_of_bounds(i, n);
#endif
        return data[i];
    }
    View part(int64_t begin, int64_t end) const {
#ifdef COLLUSION_CHECKED
        if (begin < 0 || end > n || begin > end) out_of_bounds(begin, end);
#endif
        return {data + begin, end - begin};
    }
    T *begin() const { return data; }
    T *end() const { return data + n; }
};

// Rows of the same length, one below the other: `grid[r]` is a row.
template <class T> struct Grid {
    T *data = nullptr;
    int64_t rows = 0, columns = 0;

    View<T> operator[](int64_t r) const {
#ifdef COLLUSION_CHECKED
        if (r < 0 || r >= rows) out_of_bounds(r, rows);
#endif
        return {data + r * columns, columns};
    }
    View<T> flat() const { return {data, rows * columns}; }
};

// Prefetch memory that will soon be read; out of bounds this does no harm.
template <class T> inline void prefetch(const T *place) { __builtin_prefetch((const void *)place, 0, 3); }
template <class T> inline void prefetch(View<T> view, int64_t i) { __builtin_prefetch((const void *)(view.data + i), 0, 3); }

template <class T> inline T min(T a, T b) { return b < a ? b : a; }
template <class T> inline T max(T a, T b) { return a < b ? b : a; }
template <class T> inline void swap(T &a, T &b) {
    T c = a;
    a = b;
    b = c;
}

// The quotient rounded down, as Python's //, for a divisor above 0.
inline int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

struct Call {
    Array *arguments;
    int64_t n_arguments;
    Array *results;
    int64_t n_results;
    char *message;
    int64_t message_size;
    int64_t at;  // the next argument
    jmp_buf door;

    // Memory that the call owns: each block knows its neighbours.
    struct Block {
        Block *before, *after;
        int64_t bytes, unused;
    };
    Block *blocks;

    // End the call. Codes are those of `door.py`: 1 wrong argument, 2 wrong type, 3 no memory.
    [[noreturn]] __attribute__((format(printf, 3, 4))) void fail(int code, const char *format, ...) {
        va_list parts;
        va_start(parts, format);
        vsnprintf(message, (size_t)message_size, format, parts);
        va_end(parts);
        longjmp(door, code);
    }

    // ---- arguments, in order ----

    Array &take(const char *name) {
        if (at >= n_arguments) fail(2, "argument `%s` is missing", name);
        return arguments[at++];
    }

    int64_t integer(const char *name, int64_t low = INT64_MIN, int64_t high = INT64_MAX) {
        Array &one = take(name);
        if (one.type != INTEGER) fail(2, "`%s`: expected an integer, got %s", name, name_of(one.type));
        if (one.integer < low || one.integer > high)
            fail(1, "`%s`: %lld is not from %lld to %lld", name, (long long)one.integer, (long long)low, (long long)high);
        return one.integer;
    }
    bool flag(const char *name) { return integer(name, 0, 1) != 0; }
    double real(const char *name) {
        Array &one = take(name);
        if (one.type == INTEGER) return (double)one.integer;
        if (one.type != REAL) fail(2, "`%s`: expected a real number, got %s", name, name_of(one.type));
        return one.real;
    }

    // An array of any of the types that `with` is called with: of one dimension, or of as many as given.
    Array &any(const char *name, int64_t length = -1, int32_t dimensions = 1) {
        Array &one = take(name);
        if (one.type >= INTEGER) fail(2, "`%s`: expected an array, got %s", name, name_of(one.type));
        if (one.dimensions != dimensions) fail(1, "`%s`: expected %d dimensions, got %d", name, dimensions, one.dimensions);
        if (!(one.flags & CONTIGUOUS)) fail(1, "`%s`: the array is not contiguous", name);
        if (length >= 0 && one.shape[0] != length)
            fail(1, "`%s`: expected %lld entries, got %lld", name, (long long)length, (long long)one.shape[0]);
        return one;
    }
    template <class T> Array &typed(const char *name, int64_t length, int32_t dimensions) {
        Array &one = any(name, length, dimensions);
        if (one.type != type_of<T>::code) fail(2, "`%s`: expected %s, got %s", name, type_of<T>::name, name_of(one.type));
        return one;
    }
    Array &writeable(const char *name, Array &one) {
        if (!(one.flags & WRITEABLE)) fail(1, "`%s`: the array is read-only", name);
        return one;
    }

    // An array that is read: of ``length`` entries, or of any length.
    template <class T> View<const T> array(const char *name, int64_t length = -1) {
        Array &one = typed<T>(name, length, 1);
        return {(const T *)one.data, one.shape[0], &one};
    }
    // An array that is written.
    template <class T> View<T> output(const char *name, int64_t length = -1) {
        Array &one = writeable(name, typed<T>(name, length, 1));
        return {(T *)one.data, one.shape[0], &one};
    }
    template <class T> Grid<const T> grid(const char *name, int64_t rows = -1, int64_t columns = -1) {
        Array &one = typed<T>(name, rows, 2);
        check_columns(name, one, columns);
        return {(const T *)one.data, one.shape[0], one.shape[1]};
    }
    template <class T> Grid<T> output_grid(const char *name, int64_t rows = -1, int64_t columns = -1) {
        Array &one = writeable(name, typed<T>(name, rows, 2));
        check_columns(name, one, columns);
        return {(T *)one.data, one.shape[0], one.shape[1]};
    }
    void check_columns(const char *name, const Array &one, int64_t columns) {
        if (columns >= 0 && one.shape[1] != columns)
            fail(1, "`%s`: expected %lld columns, got %lld", name, (long long)columns, (long long)one.shape[1]);
    }

    // ---- values that are relied on ----

    // Look for the least and the largest value, and whether values ascend, unless that is known of an array that cannot change.
    template <class T> void learn(Array &one, View<const T> values) {
        if (one.known & RANGE) return;
        T low = values.n ? values.data[0] : 0, high = low;
        for (int64_t i = 0; i < values.n; i++) {
            T v = values.data[i];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        one.low = (int64_t)low;
        one.high = sizeof(T) == 8 && T(-1) > T(0) && (uint64_t)high > INT64_MAX ? INT64_MAX : (int64_t)high;
        one.known |= RANGE;
    }
    // Each value is in [low, end).
    template <class T> void within(const char *name, View<T> values, int64_t low, int64_t end) {
        if (!values.n) return;
        Array own{};
        Array &one = values.from ? *values.from : own;
        learn<typename constless<T>::type>(one, values);
        if (one.low < low || one.high >= end)
            fail(1, "`%s`: expected values from %lld to %lld, got %lld to %lld", name, (long long)low, (long long)(end - 1), (long long)one.low,
                 (long long)one.high);
    }
    // Each value is an index of so many.
    template <class T> void below(const char *name, View<T> values, int64_t n) { within(name, values, 0, n); }

    // Row k of the rows is ``[indptr[k], indptr[k + 1])``, within ``n`` entries: from 0, ascending, the last at most n.
    template <class T> void rows(const char *name, View<T> indptr, int64_t n) {
        if (!indptr.n) fail(1, "`%s`: expected at least one entry, got none", name);
        Array own{};
        Array &one = indptr.from ? *indptr.from : own;
        if (!(one.known & (ASCENDING | NOT_ASCENDING))) {
            int64_t falls = 0;
            for (int64_t i = 1; i < indptr.n; i++) falls += indptr.data[i] < indptr.data[i - 1];
            one.known |= falls ? NOT_ASCENDING : ASCENDING;
        }
        if (one.known & NOT_ASCENDING) fail(1, "`%s`: the entries do not ascend", name);
        if (indptr.data[0] < 0 || (int64_t)indptr.data[indptr.n - 1] > n)
            fail(1, "`%s`: expected entries from 0 to %lld, got %lld to %lld", name, (long long)n, (long long)indptr.data[0],
                 (long long)indptr.data[indptr.n - 1]);
    }

    template <class T> struct constless {
        using type = T;
    };
    template <class T> struct constless<const T> {
        using type = T;
    };

    // Call ``work`` with the array as a view of its own type, which must be one of ``Types``.
    template <class... Types, class Work> void with(const char *name, Array &one, Work work) {
        bool done = (... || (one.type == type_of<Types>::code && (work(View<const Types>{(const Types *)one.data, one.shape[0], &one}), true)));
        if (!done) fail(2, "`%s`: got %s, which this kernel does not take", name, name_of(one.type));
    }
    // The same for an array that is written.
    template <class... Types, class Work> void with_output(const char *name, Array &one, Work work) {
        writeable(name, one);
        bool done = (... || (one.type == type_of<Types>::code && (work(View<Types>{(Types *)one.data, one.shape[0], &one}), true)));
        if (!done) fail(2, "`%s`: got %s, which this kernel does not take", name, name_of(one.type));
    }

    // ---- memory that the call owns ----

    void *allocate(int64_t count, int64_t size, bool zeroed) {
        int64_t bytes;
        if (count < 0 || __builtin_mul_overflow(count, size, &bytes) || bytes > INT64_MAX - (int64_t)sizeof(Block)) no_memory(count, size);
        size_t all = (size_t)bytes + sizeof(Block);
        Block *block = (Block *)(zeroed ? calloc(1, all) : malloc(all));
        if (!block) no_memory(count, size);
        block->bytes = bytes;
        block->before = nullptr;
        block->after = blocks;
        if (blocks) blocks->before = block;
        blocks = block;
        return block + 1;
    }
    [[noreturn]] void no_memory(int64_t count, int64_t size) {
        fail(3, "no memory for %lld entries of %lld bytes", (long long)count, (long long)size);
    }
    void unlink(Block *block) {
        (block->before ? block->before->after : blocks) = block->after;
        if (block->after) block->after->before = block->before;
    }
    // So many values that contain anything.
    template <class T> View<T> make(int64_t n) { return {(T *)allocate(n, sizeof(T), false), n}; }
    template <class T> View<T> zeros(int64_t n) { return {(T *)allocate(n, sizeof(T), true), n}; }
    template <class T> View<T> full(int64_t n, T value) {
        View<T> one = make<T>(n);
        for (int64_t i = 0; i < n; i++) one.data[i] = value;
        return one;
    }
    template <class T> Grid<T> make_grid(int64_t rows, int64_t columns) { return {make<T>(checked(rows, columns)).data, rows, columns}; }
    template <class T> Grid<T> zeros_grid(int64_t rows, int64_t columns) { return {zeros<T>(checked(rows, columns)).data, rows, columns}; }
    int64_t checked(int64_t a, int64_t b) {
        int64_t product;
        if (__builtin_mul_overflow(a, b, &product)) no_memory(a, b);
        return product;
    }
    // Give back memory before the call ends, of `make` and its like.
    template <class T> void release(View<T> &one) {
        if (!one.data) return;
        Block *block = (Block *)(void *)one.data - 1;
        unlink(block);
        free(block);
        one = {};
    }
    // The same values in memory for ``n``, the first of which are kept.
    template <class T> void resize(View<T> &one, int64_t n) {
        if (!one.data) {
            one = make<T>(n);
            return;
        }
        Block *block = (Block *)(void *)one.data - 1;
        int64_t bytes;
        if (__builtin_mul_overflow(n, (int64_t)sizeof(T), &bytes) || bytes > INT64_MAX - (int64_t)sizeof(Block)) no_memory(n, sizeof(T));
        Block *moved = (Block *)realloc(block, (size_t)bytes + sizeof(Block));
        if (!moved) no_memory(n, sizeof(T));
        moved->bytes = bytes;
        (moved->before ? moved->before->after : blocks) = moved;
        if (moved->after) moved->after->before = moved;
        one = {(T *)(void *)(moved + 1), n};
    }

    // ---- results, in order ----

    Array &next() {
        if (n_results >= MAX_RESULTS) fail(1, "more than %d results", (int)MAX_RESULTS);
        return results[n_results++];
    }
    template <class T> Array &give_memory(T *data, int64_t n) {
        Array &one = next();
        one = Array{};
        one.type = type_of<T>::code;
        one.dimensions = 1;
        one.shape[0] = n;
        if (!data) return one;
        Block *block = (Block *)(void *)data - 1;
        if (n * (int64_t)sizeof(T) < block->bytes) {
            View<T> shorter{data, n};
            resize(shorter, n);
            data = shorter.data;
            block = (Block *)(void *)data - 1;
        }
        unlink(block);
        one.data = data;
        return one;
    }
    // The first ``n`` values of memory that the call owns: it belongs to the caller from here on.
    template <class T> void give(View<T> one, int64_t n) { give_memory(one.data, n); }
    template <class T> void give(View<T> one) { give_memory(one.data, one.n); }
    template <class T> void give(Grid<T> one, int64_t rows) {
        Array &given = give_memory(one.data, rows * one.columns);
        given.dimensions = 2;
        given.shape[0] = rows;
        given.shape[1] = one.columns;
    }
    template <class T> void give(Grid<T> one) { give(one, one.rows); }
    void give(int64_t value) {
        Array &one = next();
        one = Array{};
        one.type = INTEGER;
        one.integer = value;
    }
    void give(double value) {
        Array &one = next();
        one = Array{};
        one.type = REAL;
        one.real = value;
    }

    int end(int code) {
        if (code) {  // results that were given already are not handed over
            for (int64_t k = 0; k < n_results; k++)
                if (results[k].data) free((Block *)results[k].data - 1);
            n_results = 0;
        }
        while (blocks) {
            Block *after = blocks->after;
            free(blocks);
            blocks = after;
        }
        return code;
    }
};

// An array that grows as values are added.
template <class T> struct Growing {
    Call &call;
    View<T> buffer;
    int64_t n = 0;

    explicit Growing(Call &call, int64_t room = 1024) : call(call), buffer(call.make<T>(room)) {}
    void reserve(int64_t more) {
        if (n + more > buffer.n) call.resize(buffer, max(2 * buffer.n, n + more));
    }
    void push(T value) {
        reserve(1);
        buffer.data[n++] = value;
    }
    T &operator[](int64_t i) const {
#ifdef COLLUSION_CHECKED
        if (i < 0 || i >= n) out_of_bounds(i, n);
#endif
        return buffer.data[i];
    }
    View<T> view() const { return {buffer.data, n}; }
    void give() { call.give(buffer, n); }
};

}  // namespace collusion

using namespace collusion;  // the bodies of kernels are outside

// The door of a kernel: `KERNEL(name) { ... }` is its body, with the `Call` as ``call``.
#define KERNEL(name) \
    __attribute__((noinline)) static void name##_body(collusion::Call &call); \
    COLLUSION_EXPORT int32_t COLLUSION_JOIN(COLLUSION_LEVEL, name)(collusion::Array * arguments, int64_t n_arguments, \
                                                                   collusion::Array * results, int64_t * n_results, char *message, \
                                                                   int64_t message_size) { \
        collusion::Call call{}; \
        call.arguments = arguments; \
        call.n_arguments = n_arguments; \
        call.results = results; \
        call.message = message; \
        call.message_size = message_size; \
        int code = setjmp(call.door); \
        if (!code) { \
            name##_body(call); \
            if (call.at != n_arguments) { \
                snprintf(message, (size_t)message_size, "takes %lld arguments, got %lld", (long long)call.at, (long long)n_arguments); \
                code = 2; \
            } \
        } \
        code = call.end(code); \
        *n_results = call.n_results; \
        return code; \
    } \
    static void name##_body([[maybe_unused]] collusion::Call &call)
