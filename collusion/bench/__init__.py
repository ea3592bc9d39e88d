"""Simulated markets with known truth, and the measures that compare what was found with what was planted."""
