"""The leaderboard: methods x logs x seeds, each run under limits and put on record, summed up with intervals."""
