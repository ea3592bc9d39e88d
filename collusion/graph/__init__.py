"""The coded graph, what can be computed from it, and its null replicates."""
