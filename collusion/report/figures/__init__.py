"""The pictures of a ring on the axes of matplotlib, for notebooks and for figures of one's own."""
