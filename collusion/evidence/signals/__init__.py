"""Signals, one per file."""
