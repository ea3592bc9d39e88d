// A binary heap of nodes, least key first, in which a key may fall.
#pragma once
#include "base.hpp"

namespace collusion {

// Move the node at position i up to where its key belongs; ``at`` contains the position of each node.
template <class Node, class Key> inline void sift_up(View<Node> heap, View<Node> at, View<Key> key, int64_t i) {
    Node v = heap[i];
    while (i > 0) {
        int64_t up = (i - 1) >> 1;
        if (key[heap[up]] <= key[v]) break;
        heap[i] = heap[up];
        at[heap[i]] = (Node)i;
        i = up;
    }
    heap[i] = v;
    at[v] = (Node)i;
}

// Move the node at position i of a heap of ``size`` nodes down to where its key belongs.
template <class Node, class Key> inline void sift_down(View<Node> heap, View<Node> at, View<Key> key, int64_t i, int64_t size) {
    Node v = heap[i];
    for (;;) {
        int64_t down = 2 * i + 1;
        if (down >= size) break;
        if (down + 1 < size && key[heap[down + 1]] < key[heap[down]]) down++;
        if (key[heap[down]] >= key[v]) break;
        heap[i] = heap[down];
        at[heap[i]] = (Node)i;
        i = down;
    }
    heap[i] = v;
    at[v] = (Node)i;
}

}  // namespace collusion
