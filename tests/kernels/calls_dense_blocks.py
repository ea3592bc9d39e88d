"""One small call of each kernel of dense blocks: peeling, cores, flow, biconnected parts, tensors; for `test_door`."""

import numpy as np

START, END = np.array([0, 2, 4, 6]), np.array([2, 4, 6, 8])
INDICES = np.array([2, 3, 2, 3, 0, 1, 0, 1], np.int32)
OTHER = np.array([4, 6, 5, 7, 0, 2, 1, 3])
INDPTR = np.array([0, 2, 4, 6, 8])


def rows():
    return START, END, INDICES


def weighted():
    return *rows(), np.array([2, 4]), 2


def cut_edges():
    return *rows(), np.array([True, False, True, False])


def density_core():
    return *weighted(), 0


def restrict_graph():
    return *rows(), np.array([0, 2], np.int32)


def peel_greedily():
    return *weighted(), np.zeros(4, np.int64), np.zeros(4, np.int32)


def degree_core():
    return *rows(), np.full(4, 2), END - START


def maximum_flow():
    return INDPTR, INDICES, OTHER, np.full(8, 3), np.array([4, 0, 0, 0]), np.array([0, 0, 1, 1])


def weight_inside():
    return INDPTR, INDICES, np.full(8, 3), np.array([True, False, True, True])


def biconnected_components():
    indptr, ends = np.array([0, 2, 5, 7, 8]), np.array([0, 2, 1, 4, 3, 5, 6, 7], np.int32)
    return indptr, ends, np.array([0, 1, 0, 1], np.int32), np.array([1, 2, 2, 3], np.int32)


def tensor_density():
    return 2, 4, np.array([2, 1]), 9, np.array([3, 3])


def densest_tensor_block():
    value = np.array([[0, 0, 1, 1, 2], [3, 4, 3, 4, 5]], np.int32)
    return 0, value, np.array([0, 3, 6]), np.zeros(5, np.bool_), 5, np.array([3, 3]), 5


def coherent_cores():
    indptr = np.array([0, 2, 4, 6])
    reviews, reviewer = np.array([0, 3, 1, 4, 2, 5], np.int32), np.array([0, 1, 2, 0, 1, 2], np.int32)
    product, time = np.array([0, 0, 0, 1, 1, 1], np.int32), np.array([5, 6, 6, 2, 3, 3], np.int32)
    return indptr, reviews, reviewer, product, np.array([0, 3, 6]), time, True, 3, -(2**31), 500, 2, 2, 0.5, 10


CALLS = {
    "cut_edges": cut_edges,
    "density_core": density_core,
    "restrict_graph": restrict_graph,
    "peel_greedily": peel_greedily,
    "degree_core": degree_core,
    "lay_out_arcs": weighted,
    "maximum_flow": maximum_flow,
    "weight_inside": weight_inside,
    "biconnected_components": biconnected_components,
    "tensor_density": tensor_density,
    "densest_tensor_block": densest_tensor_block,
    "coherent_cores": coherent_cores,
}
