"""From groups to tested groups: score, merge, permutation tests, q-values and the two questions; a ring is built once, at the end."""
