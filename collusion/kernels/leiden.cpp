// Leiden's search for communities (Traag, Waltman and van Eck 2019).
#include "base.hpp"
#include "hash.hpp"

namespace collusion::leiden {

// Randomness of the refinement, in mean edge weights: merges are drawn in proportion to exp(gain / THETA), as in the paper.
constexpr double THETA = 0.01;
// Beyond this many thetas below the best, a merge has a chance of less than 1e-17 and is left out.
constexpr double FAR = 40.0;
// Share of the expectation by which a move must gain: less could be rounding, and rounding could move nodes in circles.
constexpr double ROUNDING = 1e-12;
// Nodes for which memory is prefetched, so that the waits for it overlap; what they need fits in the cache.
constexpr int64_t BLOCK = 16;
// Arcs of a node that are prefetched, or arcs ahead where rows are read one after the other.
constexpr int64_t LONG = 64;
// Nodes of a graph for which that is worthwhile: what smaller ones need is in the cache.
constexpr int64_t LARGE = 1 << 16;
// Up to here sums of weights are exact as float64.
constexpr int64_t MAX_WEIGHT = (int64_t)1 << 53;
// So many weights of that size can be added up without a look at the sum.
constexpr int64_t FEW = 512;
// Limits on the moves per node and on rounds, far above those of any search: a graph with an arc in one direction only could go on for
// ever.
constexpr int64_t MAX_MOVES = 1000;
constexpr int64_t MAX_ROUNDS = 1000;

// What is looked up together of a community or a part: its mass, and the weight toward it, which is 0 before and after.
struct Cell {
    double mass, toward;
};

template <class W> struct Graph {
    View<const int64_t> indptr;
    View<const uint32_t> other;
    View<const W> weight;
    View<const double> mass;
};

// Memory of all levels, one of which after the other uses it. What moving needs and what merging needs is in the same position.
struct Scratch {
    View<Cell> cells;
    View<double> mass_of;
    View<uint8_t> flag;
    View<uint32_t> touched;      // one entry more than nodes, for the write without a branch
    View<uint32_t> queue, free;  // moving
    double *out;                 // merging
    View<uint32_t> size, part;   // moving, merging
    double gamma, theta;
    uint64_t state;

    Scratch(Call &call, int64_t n, double gamma, double theta, int64_t seed) : gamma(gamma), theta(theta), state((uint64_t)seed) {
        cells = call.make<Cell>(n);
        clear(n);
        mass_of = call.make<double>(n);
        flag = call.make<uint8_t>(n);
        touched = call.make<uint32_t>(n + 1);
        View<uint32_t> both = call.make<uint32_t>(2 * n);
        queue = both.part(0, n);
        free = both.part(n, 2 * n);
        out = (double *)(void *)both.data;
        size = part = call.make<uint32_t>(n);
    }
    // Zeros of any type.
    void clear(int64_t n) { memset((void *)cells.data, 0, (size_t)n * sizeof(Cell)); }
    // The next word of SplitMix64, as a number in [0, 1).
    double draw() {
        state += GOLDEN;
        return (double)(finalise(state) >> 11) * 0x1p-53;
    }
};

// Ask for the rows of the nodes, for what ``of`` contains of their neighbours, and for the cells of those.
template <class W, class T> static void fetch(const Graph<W> &graph, const uint32_t *of, const T *cells, const uint32_t *nodes, int64_t n) {
    const int64_t *indptr = graph.indptr.data;
    const uint32_t *other = graph.other.data;
    for (int64_t i = 0; i < n; i++) prefetch(indptr + nodes[i]);
    for (int64_t i = 0; i < n; i++) {
        prefetch(other + indptr[nodes[i]]);
        prefetch(graph.weight.data + indptr[nodes[i]]);
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t v = nodes[i], end = min(indptr[v + 1], indptr[v] + LONG);
        for (int64_t e = indptr[v]; e < end; e++) prefetch(of + other[e]);
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t v = nodes[i], end = min(indptr[v + 1], indptr[v] + LONG);
        for (int64_t e = indptr[v]; e < end; e++) prefetch(cells + of[other[e]]);
    }
}

// Ask for what merging the nodes from first to last looks up.
template <class W>
static void fetch_inside(const Graph<W> &graph, const uint32_t *community, const uint32_t *part, const Cell *cells, const double *out,
                         const uint8_t *alone, int64_t first, int64_t last) {
    const int64_t *indptr = graph.indptr.data;
    const uint32_t *other = graph.other.data;
    for (int64_t v = first; v < last; v++) {
        if (!alone[v] || !(out[v] > 0.0)) continue;
        int64_t end = min(indptr[v + 1], indptr[v] + LONG);
        for (int64_t e = indptr[v]; e < end; e++) {
            prefetch(community + other[e]);
            prefetch(part + other[e]);
        }
    }
    for (int64_t v = first; v < last; v++) {
        if (!alone[v] || !(out[v] > 0.0)) continue;
        int64_t end = min(indptr[v + 1], indptr[v] + LONG);
        for (int64_t e = indptr[v]; e < end; e++)
            if (community[other[e]] == community[v]) prefetch(cells + part[other[e]]);
    }
}

// Move nodes to the neighbouring community of largest gain until none gains; return how many moves that took. ``community``, the cells and
// the sizes contain the partition, and change.
template <class W> static int64_t move(Call &call, Scratch &s, const Graph<W> &graph, uint32_t *community) {
    int64_t n = graph.mass.n, n_free = 0;
    const int64_t *indptr = graph.indptr.data;
    const uint32_t *other = graph.other.data;
    const W *weight = graph.weight.data;
    const double *mass = graph.mass.data;
    Cell *cells = s.cells.data;
    uint32_t *size = s.size.data, *touched = s.touched.data, *queue = s.queue.data, *free = s.free.data;
    uint8_t *waiting = s.flag.data;
    double gamma = s.gamma;
    for (int64_t c = n - 1; c >= 0; c--)
        if (size[c] == 0) free[n_free++] = (uint32_t)c;
    int64_t start = (int64_t)(s.draw() * (double)n);
    for (int64_t i = 0; i < n; i++) {
        int64_t v = start + i;
        queue[i] = (uint32_t)(v < n ? v : v - n);
        waiting[i] = 1;
    }
    int64_t head = 0, count = n, moves = 0, ahead = 0;
    while (count > 0) {
        if (ahead == 0) {
            ahead = min(min(BLOCK, count), n - head);
            if (n >= LARGE) fetch(graph, community, cells, queue + head, ahead);
        }
        ahead--;
        uint32_t v = queue[head];
        head = head + 1 < n ? head + 1 : 0;
        count--;
        waiting[v] = 0;
        uint32_t own = community[v];
        int64_t k = 0, begin = indptr[v], end = indptr[v + 1];
        for (int64_t e = begin; e < end; e++) {
            uint32_t c = community[other[e]];
            double seen = cells[c].toward;
            touched[k] = c;  // without a branch, which would be mispredicted often; overwritten where c was seen before
            k += seen == 0.0;
            cells[c].toward = seen + (double)weight[e];
        }
        double pull = gamma * mass[v], largest = cells[own].toward - pull * (cells[own].mass - mass[v]), stay = largest;
        uint32_t best = own;
        for (int64_t j = 0; j < k; j++) {
            uint32_t c = touched[j];
            if (c != own) {
                double gain = cells[c].toward - pull * cells[c].mass;
                if (gain > largest) {
                    best = c;
                    largest = gain;
                }
            }
            cells[c].toward = 0.0;
        }
        if (largest < 0.0 && size[own] > 1) {
            best = free[n_free - 1];
            largest = 0.0;
        }
        if (best == own || largest - stay <= ROUNDING * pull * (cells[own].mass + cells[best].mass)) continue;
        if (size[best] == 0) n_free--;
        community[v] = best;
        cells[own].mass -= mass[v];
        size[own]--;
        cells[best].mass += mass[v];
        size[best]++;
        if (size[own] == 0) {
            cells[own].mass = 0.0;
            free[n_free++] = own;
        }
        if (++moves > MAX_MOVES * (n + BLOCK)) call.fail(1, "the search comes to no end; is each edge in two rows, with one weight?");
        for (int64_t e = begin; e < end; e++) {
            uint32_t u = other[e];
            if (community[u] != best && !waiting[u]) {
                waiting[u] = 1;
                int64_t tail = head + count;
                queue[tail < n ? tail : tail - n] = u;
                count++;
            }
        }
    }
    return moves;
}

// Refine: merge single nodes within their communities into well-connected parts; return how many parts, from 0 in ``s.part``. The cells
// contain the masses of the parts in the end.
template <class W> static int64_t merge(Scratch &s, const Graph<W> &graph, const uint32_t *community) {
    int64_t n = graph.mass.n, last_arc = graph.indptr.data[n] - 1;
    const int64_t *indptr = graph.indptr.data;
    const uint32_t *other = graph.other.data;
    const W *weight = graph.weight.data;
    const double *mass = graph.mass.data, *mass_of = s.mass_of.data;
    Cell *cells = s.cells.data;
    uint32_t *part = s.part.data, *touched = s.touched.data;
    double *out = s.out;           // weight from a part to the rest of its community
    uint8_t *alone = s.flag.data;  // whether a part still is the single node it began as
    double gamma = s.gamma, theta = s.theta;
    for (int64_t v = 0; v < n; v++) {
        part[v] = (uint32_t)v;
        cells[v].mass = mass[v];
        alone[v] = 1;
        uint32_t own = community[v];
        double inside = 0.0;
        for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) {
            prefetch(community + other[min(e + LONG, last_arc)]);
            inside += community[other[e]] == own ? (double)weight[e] : 0.0;  // without a branch
        }
        out[v] = inside;
    }
    int64_t start = (int64_t)(s.draw() * (double)n);
    for (int64_t i = 0; i < n; i++) {
        int64_t v = start + i < n ? start + i : start + i - n;
        if (i % BLOCK == 0 && n >= LARGE) fetch_inside(graph, community, part, cells, out, alone, v, min(v + BLOCK, n));
        uint32_t own = community[v];
        double whole = mass_of[own], pull = gamma * mass[v];
        if (!alone[v] || out[v] == 0 || out[v] < pull * (whole - mass[v])) continue;
        int64_t k = 0;
        for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) {
            uint32_t u = other[e];
            if (community[u] != own) continue;
            uint32_t p = part[u];
            if (cells[p].toward == 0.0) touched[k++] = p;
            cells[p].toward += (double)weight[e];
        }
        double largest = 0.0;  // for staying a singleton
        int64_t kept = 0;
        for (int64_t j = 0; j < k; j++) {
            uint32_t p = touched[j];
            double gain = cells[p].toward - pull * cells[p].mass;
            if (gain >= 0.0 && out[p] >= gamma * cells[p].mass * (whole - cells[p].mass)) {
                touched[kept++] = p;
                largest = max(largest, gain);
            } else {
                cells[p].toward = 0.0;
            }
        }
        double total = largest < FAR * theta ? exp(-largest / theta) : 0.0, lone = total;
        for (int64_t j = 0; j < kept; j++) {
            uint32_t p = touched[j];
            double behind = (largest - (cells[p].toward - pull * cells[p].mass)) / theta;
            if (behind < FAR) total += exp(-behind);
        }
        double drawn = s.draw() * total - lone, tie = 0.0;
        int64_t chosen = -1;
        for (int64_t j = 0; j < kept; j++) {
            uint32_t p = touched[j];
            double behind = (largest - (cells[p].toward - pull * cells[p].mass)) / theta;
            if (drawn >= 0.0 && behind < FAR) {
                drawn -= exp(-behind);
                chosen = p;
                tie = cells[p].toward;
            }
            cells[p].toward = 0.0;
        }
        if (chosen >= 0) {
            part[v] = (uint32_t)chosen;
            cells[chosen].mass += mass[v];
            out[chosen] += out[v] - 2.0 * tie;
            alone[v] = 0;
            alone[chosen] = 0;
        }
    }
    // A part is called after the node it began with, and that node stays in it.
    int64_t parts = 0;
    for (int64_t v = 0; v < n; v++) {
        if (part[v] != v) continue;
        out[v] = (double)parts;
        cells[parts++].mass = cells[v].mass;
    }
    for (int64_t v = 0; v < n; v++) part[v] = (uint32_t)out[part[v]];
    return parts;
}

// Rename communities from 0 in the order in which nodes name them; return how many there are. ``name`` is scratch.
static int64_t number(View<uint32_t> community, uint32_t *name) {
    int64_t n = community.n, count = 0;
    for (int64_t c = 0; c < n; c++) name[c] = (uint32_t)n;
    for (int64_t v = 0; v < n; v++) {
        uint32_t c = community.data[v];
        if (name[c] == (uint32_t)n) name[c] = (uint32_t)count++;
        community.data[v] = name[c];
    }
    return count;
}

// Fill the masses and sizes of the communities.
static void totals(Scratch &s, View<const double> mass, const uint32_t *community) {
    Cell *cells = s.cells.data;
    uint32_t *size = s.size.data;
    for (int64_t c = 0; c < mass.n; c++) {
        cells[c].mass = 0.0;
        size[c] = 0;
    }
    for (int64_t v = 0; v < mass.n; v++) {
        cells[community[v]].mass += mass.data[v];
        size[community[v]]++;
    }
}

// Return the graph of the parts, without what is tied inside one. Uses the cells, which are zero afterwards.
template <class W, class Wide> static Graph<Wide> aggregate(Call &call, Scratch &s, const Graph<W> &graph, int64_t parts) {
    int64_t n = graph.mass.n;
    View<double> mass = call.make<double>(parts);
    for (int64_t p = 0; p < parts; p++) mass[p] = s.cells[p].mass;
    s.clear(n);
    Wide *toward = (Wide *)(void *)s.cells.data;
    const uint32_t *part = s.part.data;
    uint32_t *touched = s.touched.data, *by_part = s.queue.data;
    View<int64_t> rows = call.zeros<int64_t>(parts + 1);
    int64_t *indptr = rows.data;
    for (int64_t v = 0; v < n; v++) indptr[part[v] + 1]++;
    for (int64_t p = 0; p < parts; p++) indptr[p + 1] += indptr[p];
    for (int64_t v = 0; v < n; v++) by_part[indptr[part[v]]++] = (uint32_t)v;
    // Now indptr[p] is where the nodes of part p end, and those before it need it no more. Of the memory for arcs, only what is filled is
    // ever touched.
    View<uint32_t> others = call.make<uint32_t>(graph.other.n);
    View<Wide> weights = call.make<Wide>(graph.other.n);
    int64_t filled = 0, i = 0;
    for (int64_t p = 0; p < parts; p++) {
        int64_t k = 0, end = indptr[p];
        while (i < end) {
            if (i % BLOCK == 0 && n >= LARGE) fetch(graph, part, toward, by_part + i, min(BLOCK, n - i));
            uint32_t v = by_part[i++];
            for (int64_t e = graph.indptr.data[v]; e < graph.indptr.data[v + 1]; e++) {
                uint32_t q = part[graph.other.data[e]];
                if (q == p) continue;
                Wide seen = toward[q];
                touched[k] = q;
                k += seen == 0;
                toward[q] = seen + (Wide)graph.weight.data[e];
            }
        }
        indptr[p] = filled;
        for (int64_t j = 0; j < k; j++) {
            others.data[filled] = touched[j];
            weights.data[filled] = toward[touched[j]];
            toward[touched[j]] = 0;
            filled++;
        }
    }
    indptr[parts] = filled;
    s.clear(n);
    call.resize(others, filled);
    call.resize(weights, filled);
    return {rows, others, weights, mass};
}

template <class W> static void release(Call &call, Graph<W> &graph) {
    call.release(graph.indptr);
    call.release(graph.other);
    call.release(graph.weight);
    call.release(graph.mass);
}

// Move and merge the nodes of a graph; return how many parts there are, as many as nodes where nothing merges.
template <class W> static int64_t refined(Call &call, Scratch &s, const Graph<W> &graph, View<uint32_t> community, int64_t &moved) {
    totals(s, graph.mass, community.data);
    moved += move(call, s, graph, community.data);
    int64_t count = number(community, s.queue.data);
    if (count == community.n) return count;
    totals(s, graph.mass, community.data);
    for (int64_t c = 0; c < count; c++) s.mass_of[c] = s.cells[c].mass;
    return merge(s, graph, community.data);
}

// Go to the graph of the parts: where each node of the log's graph went, and in which community each part is.
static View<uint32_t> lift(Call &call, const Scratch &s, int64_t parts, View<uint32_t> position, View<uint32_t> community) {
    View<uint32_t> above = call.make<uint32_t>(parts);
    for (int64_t v = 0; v < community.n; v++) above[s.part[v]] = community[v];
    for (int64_t v = 0; v < position.n; v++) position.data[v] = s.part[position.data[v]];
    return above;
}

// One round: move, refine and aggregate until nothing merges; return how many moves that took.
template <class W, class Wide> static int64_t search_once(Call &call, Scratch &s, const Graph<W> &graph, View<uint32_t> community) {
    int64_t n = community.n, moved = 0, parts = refined(call, s, graph, community, moved);
    if (parts == n) return moved;
    View<uint32_t> position = call.make<uint32_t>(n);
    for (int64_t v = 0; v < n; v++) position.data[v] = (uint32_t)v;
    View<uint32_t> own = lift(call, s, parts, position, community);
    Graph<Wide> level = aggregate<W, Wide>(call, s, graph, parts);
    while ((parts = refined(call, s, level, own, moved)) < own.n) {
        View<uint32_t> above = lift(call, s, parts, position, own);
        Graph<Wide> next = aggregate<Wide, Wide>(call, s, level, parts);
        release(call, level);
        call.release(own);
        level = next;
        own = above;
    }
    for (int64_t v = 0; v < n; v++) community.data[v] = own[position.data[v]];
    release(call, level);
    call.release(own);
    call.release(position);
    return moved;
}

// The first node of the piece of v, shortening the way there by half.
static inline uint32_t root(uint32_t *above, uint32_t v) {
    while (above[v] != v) {
        above[v] = above[above[v]];
        v = above[v];
    }
    return v;
}

// Label the connected pieces of each community, from 0 in the order of their first nodes.
static void pieces(View<const int64_t> rows, View<const uint32_t> others, const uint32_t *community, View<uint32_t> labels) {
    const int64_t *indptr = rows.data;
    const uint32_t *other = others.data;
    uint32_t *label = labels.data, count = 0;
    int64_t n = labels.n, last_arc = indptr[n] - 1;
    for (int64_t v = 0; v < n; v++) label[v] = (uint32_t)v;  // for a start each leads to an earlier node of its piece, if there is one
    for (int64_t v = 0; v < n; v++) {
        uint32_t own = community[v], r = (uint32_t)v;
        for (int64_t e = indptr[v]; e < indptr[v + 1]; e++) {
            uint32_t ahead = other[min(e + LONG, last_arc)], u = other[e];
            prefetch(community + ahead);
            prefetch(label + ahead);
            if (u >= v || community[u] != own) continue;
            uint32_t first = root(label, u);
            if (first < r) {
                label[r] = first;
                r = first;
            } else {
                label[first] = r;
            }
        }
    }
    for (int64_t v = 0; v < n; v++) label[v] = label[v] == v ? count++ : label[label[v]];
}

// Run the requested number of rounds (any number below 0: until one moves no node) and give the communities.
template <class W, class Wide> static void search(Call &call, Scratch &s, const Graph<W> &graph, int64_t iterations) {
    int64_t n = graph.mass.n, rounds = 0;
    View<uint32_t> community = call.make<uint32_t>(n);
    for (int64_t v = 0; v < n; v++) community.data[v] = (uint32_t)v;
    while (rounds != iterations && search_once<W, Wide>(call, s, graph, community))
        if (++rounds > MAX_ROUNDS) call.fail(1, "the search comes to no end; is each edge in two rows, with one weight?");
    View<uint32_t> label = call.make<uint32_t>(n);
    pieces(graph.indptr, graph.other, community.data, label);
    call.give(View<int32_t>{(int32_t *)(void *)label.data, n});
}

// A graph, and the parameters of a search in it.
struct Input {
    View<const int64_t> indptr;
    View<const int32_t> other;
    Array *weight;
    View<const double> mass;
    double gamma;

    static Input read(Call &call) {
        Input in;
        in.indptr = call.array<int64_t>("indptr");
        in.other = call.array<int32_t>("other");
        in.weight = &call.any("weight", in.other.n);
        in.mass = call.array<double>("mass", in.indptr.n - 1);
        in.gamma = call.real("gamma");
        call.rows("indptr", in.indptr, in.other.n);
        call.below("other", in.other, in.mass.n);
        double low = 0.0, sum = 0.0;
        for (double one : in.mass) {
            low = min(low, one);
            sum += one;
        }
        if (low < 0.0 || !(sum < HUGE_VAL)) call.fail(1, "`mass`: expected numbers of at least 0");
        if (!(in.gamma >= 0.0 && in.gamma < HUGE_VAL)) call.fail(1, "`gamma`: expected a number of at least 0, got %g", in.gamma);
        return in;
    }
    // Call ``work`` with the graph and the sum of its weights.
    template <class Work> void with_graph(Call &call, Work work) const {
        call.with<uint8_t, int32_t, int64_t>("weight", *weight, [&](auto own) {
            call.within("weight", own, 1, MAX_WEIGHT + 1);
            int64_t total = 0;
            for (int64_t begin = 0; begin < own.n; begin += FEW) {
                for (auto one : own.part(begin, min(begin + FEW, own.n))) total += (int64_t)one;
                if (total > MAX_WEIGHT) call.fail(1, "`weight`: the sum exceeds 2**53, up to which it is exact");
            }
            // As unsigned numbers codes need no test for those below 0.
            View<const uint32_t> codes{(const uint32_t *)(const void *)other.data, other.n};
            work(make_graph(codes, own), total);
        });
    }
    template <class W> Graph<W> make_graph(View<const uint32_t> codes, View<const W> own) const { return {indptr, codes, own, mass}; }
};

static void search(Call &call, Scratch &s, const Graph<int64_t> &graph, int64_t, int64_t iterations) {
    search<int64_t, int64_t>(call, s, graph, iterations);
}
template <class W> static void search(Call &call, Scratch &s, const Graph<W> &graph, int64_t total, int64_t iterations) {
    if (total <= INT32_MAX)
        search<W, int32_t>(call, s, graph, iterations);
    else
        search<W, int64_t>(call, s, graph, iterations);
}

}  // namespace collusion::leiden

KERNEL(leiden_search) {
    leiden::Input in = leiden::Input::read(call);
    int64_t seed = call.integer("seed"), iterations = call.integer("iterations");
    in.with_graph(call, [&](auto graph, int64_t total) {
        leiden::Scratch s(call, in.mass.n, in.gamma, leiden::THETA * (double)total / (double)max<int64_t>(in.other.n, 1), seed);
        leiden::search(call, s, graph, total, iterations);
    });
}
