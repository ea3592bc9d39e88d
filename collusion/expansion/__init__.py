"""Who else: accounts that act with known ones, found step by step from these seeds."""
