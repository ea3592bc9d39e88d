"""Public data sets: their cards, how they are fetched, and how they are read."""
