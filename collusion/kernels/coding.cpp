// Ids to codes: a hash table over the bytes of Arrow strings, in the order of first appearance.
#include "base.hpp"

namespace collusion::coding {

constexpr uint64_t SEED = 0xCBF29CE484222325u;
constexpr uint64_t PRIME = 0x9FB21C651E98DF25u;
// The low half of a word.
constexpr uint64_t LOW = 0xFFFFFFFFu;
// Strings that are looked up together: enough to hide the wait for memory, few enough that their 12 KiB stay in cache.
constexpr int64_t BLOCK = 64;
// Bits of a cell's second word that contain the length of a name. Lengths from here on do not fit; the offsets of the names give them.
constexpr int LENGTH_BITS = 24;
constexpr int64_t LONG = (1 << LENGTH_BITS) - 1;
// Of an entry of a dictionary: no row has led to it so far.
constexpr int32_t UNSEEN = -2;

static inline uint64_t load_word(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static inline uint32_t load_half(const uint8_t *at) {
    uint32_t half;
    memcpy(&half, at, 4);
    return half;
}

// A hash of ``length`` bytes, eight at a time. ``loadable`` is whether eight can be read, however short the string is.
static inline uint64_t hash_of(const uint8_t *at, int64_t length, bool loadable) {
    uint64_t h = SEED ^ (uint64_t)length, word = 0;
    if (length >= 8) {
        const uint8_t *last = at + length - 8;
        for (; at < last; at += 8) {
            h = (h ^ load_word(at)) * PRIME;
            h ^= h >> 29;
        }
        // The last eight, some of them for the second time: no loop over single bytes.
        word = load_word(last);
    } else if (length > 0 && loadable) {
        word = load_word(at) << (64 - 8 * length);
    } else {
        for (int64_t k = 0; k < length; k++) word = word >> 8 | (uint64_t)at[k] << 56;
    }
    h = (h ^ word) * PRIME;
    h ^= h >> 29;
    h *= PRIME;
    return h ^ (h >> 32);
}

// The words of the table, two a cell: (low half of the hash, code + 1), 0 where it is free, and (start of the name, its length).
struct Names {
    uint64_t *table;
    int64_t cells;
    View<int64_t> offsets;
    View<uint8_t> data;
    int64_t known;
};

// Whether so many bytes agree. Two words, which may overlap, replace a call of `memcmp`, and four do for longer strings.
static inline bool same_bytes(const uint8_t *a, const uint8_t *b, int64_t length) {
    if (length < 4) {
        for (int64_t k = 0; k < length; k++)
            if (a[k] != b[k]) return false;
        return true;
    }
    if (length < 8) return load_half(a) == load_half(b) && load_half(a + length - 4) == load_half(b + length - 4);
    if (length > 32) return !memcmp(a, b, (size_t)length);
    uint64_t differ = (load_word(a) ^ load_word(b)) | (load_word(a + length - 8) ^ load_word(b + length - 8));
    if (length > 16) differ |= (load_word(a + 8) ^ load_word(b + 8)) | (load_word(a + length - 16) ^ load_word(b + length - 16));
    return !differ;
}

// Code each string. The table has a free cell for each of them, and a search that comes back to where it began ends the call.
template <class Offset>
static void code(Call &call, View<const Offset> offsets, View<const uint8_t> data, const uint8_t *valid, Names &names, int width,
                 View<int32_t> out) {
    uint64_t *table = names.table, mask = (uint64_t)names.cells - 1;
    uint64_t block[BLOCK], cells[BLOCK];
    int64_t known = names.known, room = min(names.offsets.n - 1, (int64_t)INT32_MAX);
    int64_t end = names.offsets[known];
    for (int64_t first = 0; first < out.n; first += BLOCK) {
        int64_t n = min(BLOCK, out.n - first);
        // Hashes, then the cells, then the names they point to: each step's cache misses overlap. The last loop finds all of it near.
        for (int64_t k = 0; k < n; k++) {
            int64_t start = offsets.data[first + k];
            block[k] = (hash_of(data.data + start, offsets.data[first + k + 1] - start, start <= data.n - 8) >> (64 - width)) & LOW;
            prefetch(table + 2 * (block[k] & mask));
        }
        for (int64_t k = 0; k < n; k++) {
            uint64_t home = block[k] & mask, at = home;
            while (table[2 * at] && table[2 * at] >> 32 != block[k]) {
                at = (at + 1) & mask;
                if (at == home) break;
            }
            cells[k] = at;
            uint64_t where = table[2 * at + 1];
            prefetch(names.data.data + (where >> LENGTH_BITS));
            prefetch(names.data.data + (where >> LENGTH_BITS) + (where & (uint64_t)LONG));
        }
        for (int64_t k = 0; k < n; k++) {
            if (!valid[first + k]) {
                out.data[first + k] = -1;
                continue;
            }
            int64_t start = offsets.data[first + k], length = offsets.data[first + k + 1] - start;
            // Cells before this one were taken by other hashes, and still are.
            uint64_t h = block[k], at = cells[k], home = at;
            for (;;) {
                uint64_t cell = table[2 * at];
                if (!cell) {
                    if (known >= room || length > names.data.n - end) call.fail(1, "no room for another name");
                    if (length) memcpy(names.data.data + end, data.data + start, (size_t)length);
                    names.offsets.data[known + 1] = end + length;
                    table[2 * at] = h << 32 | (uint64_t)(known + 1);
                    table[2 * at + 1] = (uint64_t)end << LENGTH_BITS | (uint64_t)min(length, LONG);
                    end += length;
                    out.data[first + k] = (int32_t)known++;
                    break;
                }
                if (cell >> 32 == h) {
                    int64_t code = (int64_t)(cell & LOW) - 1;
                    uint64_t where = table[2 * at + 1];
                    int64_t begin = (int64_t)(where >> LENGTH_BITS), size = (int64_t)(where & (uint64_t)LONG);
                    if (code < 0 || code >= known || begin > end) call.fail(1, "`table`: a cell leads beyond the names");
                    if (size == LONG) size = names.offsets.data[code + 1] - begin;
                    if (size == length) {
                        if (length > end - begin) call.fail(1, "`table`: a cell leads beyond the names");
                        if (same_bytes(data.data + start, names.data.data + begin, length)) {
                            out.data[first + k] = (int32_t)code;
                            break;
                        }
                    }
                }
                at = (at + 1) & mask;
                if (at == home) call.fail(1, "`table`: no cell is free");
            }
        }
    }
    names.known = known;
}

// Whether so many words are a table: two a cell, and the cells a power of two.
static void check_table(Call &call, const char *name, View<uint64_t> table) {
    if (table.n < 2 || table.n & (table.n - 1)) call.fail(1, "`%s`: %lld words are no table", name, (long long)table.n);
}

template <class Offset> static void hash(View<const Offset> offsets, View<const uint8_t> data, View<uint64_t> out) {
    for (int64_t i = 0; i < out.n; i++) {
        int64_t start = offsets.data[i], length = offsets.data[i + 1] - start;
        uint64_t h = hash_of(data.data + start, length, start <= data.n - 8);
        out.data[i] = length ? max(h, (uint64_t)1) : 0;
    }
}

}  // namespace collusion::coding

KERNEL(code_strings) {
    Array &offsets = call.any("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<const bool> marks = call.array<bool>("valid");
    View<uint64_t> table = call.output<uint64_t>("table");
    coding::Names names{};
    names.table = table.data;
    names.cells = table.n / 2;
    names.offsets = call.output<int64_t>("name_offsets");
    names.data = call.output<uint8_t>("name_data");
    names.known = call.integer("known", 0, INT32_MAX);
    int width = (int)call.integer("width", 1, 64);
    View<int32_t> out = call.output<int32_t>("out", marks.n);
    coding::check_table(call, "table", table);
    // The start of a name must fit next to its length.
    if (names.data.n >> (64 - coding::LENGTH_BITS)) call.fail(1, "`name_data`: too long");
    if (names.known >= names.offsets.n) call.fail(1, "`name_offsets`: fewer than the names that are known");
    int64_t end = names.offsets[names.known];
    if (end < 0 || end > names.data.n) call.fail(1, "`name_offsets`: a name ends beyond the bytes");
    call.with<int32_t, int64_t>("offsets", offsets, [&](auto at) {
        if (at.n != out.n + 1) call.fail(1, "`offsets`: expected %lld entries, got %lld", (long long)(out.n + 1), (long long)at.n);
        call.rows("offsets", at, data.n);
        coding::code(call, at, data, (const uint8_t *)marks.data, names, width, out);
    });
    call.give(names.known);
}

KERNEL(rehash) {
    View<const uint64_t> table = call.array<uint64_t>("table");
    View<uint64_t> grown = call.output<uint64_t>("grown");
    coding::check_table(call, "grown", grown);
    if (table.n % 2 || grown.n <= table.n) call.fail(1, "`grown`: has to be larger than the table");
    uint64_t mask = (uint64_t)grown.n / 2 - 1;
    for (int64_t i = 0; i < table.n / 2; i++) {
        if (!table.data[2 * i]) continue;
        uint64_t home = (table.data[2 * i] >> 32) & mask, at = home;
        while (grown.data[2 * at]) {
            at = (at + 1) & mask;
            if (at == home) call.fail(1, "`grown`: no cell is free");
        }
        grown.data[2 * at] = table.data[2 * i];
        grown.data[2 * at + 1] = table.data[2 * i + 1];
    }
}

KERNEL(hash_strings) {
    Array &offsets = call.any("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<uint64_t> out = call.output<uint64_t>("out");
    call.with<int32_t, int64_t>("offsets", offsets, [&](auto at) {
        if (at.n != out.n + 1) call.fail(1, "`offsets`: expected %lld entries, got %lld", (long long)(out.n + 1), (long long)at.n);
        call.rows("offsets", at, data.n);
        coding::hash(at, data, out);
    });
}

KERNEL(first_seen) {
    View<const int32_t> index = call.array<int32_t>("index");
    View<int32_t> lookup = call.output<int32_t>("lookup"), out = call.output<int32_t>("out");
    call.below("index", index, lookup.n);
    int64_t n = 0;
    for (int64_t i = 0; i < index.n; i++) {
        int32_t entry = index.data[i];
        if (lookup.data[entry] != coding::UNSEEN) continue;
        if (n == out.n) call.fail(1, "`out`: more entries than it has room for");
        lookup.data[entry] = coding::UNSEEN - 1;
        out.data[n++] = entry;
    }
    call.give(n);
}

namespace collusion::strings {

// Strings that are prefetched ahead; twice as many for the indices that lead there.
constexpr int64_t AHEAD = 16;

static void gather(Call &call, View<const int64_t> offsets, View<const uint8_t> data, View<const int32_t> order) {
    int64_t last = order.n - 1;
    const int64_t *start = offsets.data;
    const int32_t *code = order.data;
    View<int64_t> out_offsets = call.make<int64_t>(order.n + 1);
    int64_t end = out_offsets[0] = 0;
    bool beyond = false;
    for (int64_t k = 0; k < order.n; k++) {
        prefetch(start + code[min(k + AHEAD, last)]);
        beyond |= __builtin_add_overflow(end, start[code[k] + 1] - start[code[k]], &end);
        out_offsets.data[k + 1] = end;
    }
    if (beyond) call.no_memory(INT64_MAX, 1);
    View<uint8_t> out = call.make<uint8_t>(end);
    for (int64_t k = 0; k < order.n; k++) {
        prefetch(start + code[min(k + 2 * AHEAD, last)]);
        prefetch(data.data + start[code[min(k + AHEAD, last)]]);
        const int64_t *to = out_offsets.data + k;
        if (to[1] > to[0]) memcpy(out.data + to[0], data.data + start[code[k]], (size_t)(to[1] - to[0]));
    }
    call.give(out_offsets);
    call.give(out);
}

template <class Offset>
static int64_t unset(View<const Offset> offsets, View<const uint8_t> data, View<uint8_t> valid, int64_t visible, int64_t beyond,
                     int32_t *out) {
    int64_t n = 0;
    for (int64_t i = 0; i < valid.n; i++) {
        if (offsets.data[i] == offsets.data[i + 1]) {
            valid.data[i] = 0;
        } else if (valid.data[i]) {
            int64_t byte = data.data[offsets.data[i]];
            if (byte < visible || byte >= beyond) out[n++] = (int32_t)i;
        }
    }
    return n;
}

}  // namespace collusion::strings

KERNEL(gather_strings) {
    View<const int64_t> offsets = call.array<int64_t>("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<const int32_t> order = call.array<int32_t>("order");
    call.rows("offsets", offsets, data.n);
    call.below("order", order, offsets.n - 1);
    strings::gather(call, offsets, data, order);
}

KERNEL(unset_empty) {
    Array &offsets = call.any("offsets");
    View<const uint8_t> data = call.array<uint8_t>("data");
    View<bool> marks = call.output<bool>("valid");
    View<uint8_t> valid{(uint8_t *)marks.data, marks.n};  // whatever its bytes are
    int64_t visible = call.integer("visible"), beyond = call.integer("beyond");
    View<int32_t> out = call.output<int32_t>("out", valid.n);
    if (valid.n > INT32_MAX) call.fail(1, "`valid`: %lld strings are more than codes of 32 bits tell apart", (long long)valid.n);
    call.with<int32_t, int64_t>("offsets", offsets, [&](auto at) {
        if (at.n != valid.n + 1) call.fail(1, "`offsets`: expected %lld entries, got %lld", (long long)(valid.n + 1), (long long)at.n);
        call.rows("offsets", at, data.n);
        call.give(strings::unset(at, data, valid, visible, beyond, out.data));
    });
}
