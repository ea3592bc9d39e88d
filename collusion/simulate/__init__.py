"""Simulated markets with known truth, and rings and honest look-alikes planted into any log."""
