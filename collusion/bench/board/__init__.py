"""The leaderboard: methods x logs x seeds, each cell run under limits, put on record, and told with intervals."""
