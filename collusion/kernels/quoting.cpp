// Whether the quotes of delimited text are well formed, and which lines they hide, in one pass over its bytes.
#include "base.hpp"

namespace collusion::quoting {

// At the start of a cell; inside a plain one; inside a quoted one; behind a closing quote (or the first of two); malformed.
constexpr int64_t START = 0, PLAIN = 1, QUOTED = 2, CLOSED = 3, BROKEN = 4;
// Entries of the memory between blocks.
constexpr int64_t STATE = 0, OPENED = 1, LAST = 2;

static inline bool ends_line(uint8_t byte) { return byte == '\n' || byte == '\r'; }

// Each byte of a word the same.
constexpr uint64_t EACH = 0x0101010101010101u;

// The bytes of a word that are 0, as their highest bits; above the lowest of them there may be others.
static inline uint64_t zero_bytes(uint64_t word) { return (word - EACH) & ~word & (EACH << 7); }

// From ``at`` on, the first byte that ends a line or is ``stop``, or one of the last eight.
static inline int64_t skip(const uint8_t *text, int64_t at, int64_t n, uint8_t stop) {
    for (; at + 8 <= n; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        uint64_t found = zero_bytes(word ^ EACH * stop) | zero_bytes(word ^ EACH * '\n') | zero_bytes(word ^ EACH * '\r');
        if (found) return at + (__builtin_ctzll(found) >> 3);
    }
    return at;
}

// Follow the quotes, and fill ``found`` with lines that begin inside a quoted cell and contain ``wanted`` delimiters or more.
static int64_t scan(Call &call, View<const uint8_t> data, uint8_t delimiter, int64_t wanted, View<int64_t> memory, Grid<int64_t> found) {
    int64_t state = memory[STATE], opened = memory[OPENED], n = 0;
    const uint8_t *text = data.data;
    for (int64_t at = 0; at < data.n; at++) {
        // All other bytes within a cell leave the state as it is.
        if (state == QUOTED || state == PLAIN) at = skip(text, at, data.n, state == QUOTED ? '"' : delimiter);
        if (at == data.n) break;
        uint8_t byte = text[at];
        if (state == QUOTED) {
            if (byte == '"') {
                state = CLOSED;
            } else if (ends_line(byte) && wanted > 0) {
                // Rare: a line that begins inside a cell is read once more, ahead.
                int64_t delimiters = 0, end = at + 1;
                while (end < data.n && !ends_line(text[end])) delimiters += text[end++] == delimiter;
                if (delimiters >= wanted || end == data.n) {
                    if (n == found.rows) call.fail(1, "`found`: more lines than it has room for");
                    View<int64_t> line = found[n++];
                    line[0] = at + 1;
                    line[1] = end;
                    line[2] = opened;
                }
            }
        } else if (byte == delimiter || ends_line(byte)) {
            state = START;
        } else if (byte == '"' && state != PLAIN) {
            // At the start of a cell a quote opens it; right behind a closing quote it is a doubled one, and the cell goes on.
            if (state == START) opened = at;
            state = QUOTED;
        } else if (state == CLOSED) {
            state = BROKEN;
            break;
        } else {
            state = PLAIN;
        }
    }
    memory[STATE] = state;
    memory[OPENED] = opened;
    return n;
}

}  // namespace collusion::quoting

KERNEL(follow_quotes) {
    View<const uint8_t> data = call.array<uint8_t>("data");
    uint8_t delimiter = (uint8_t)call.integer("delimiter", 0, 255);
    int64_t wanted = call.integer("wanted", 0);
    View<int64_t> memory = call.output<int64_t>("memory", quoting::LAST + 1);
    Grid<int64_t> found = call.output_grid<int64_t>("found", -1, 3);
    call.give(quoting::scan(call, data, delimiter, wanted, memory, found));
}
