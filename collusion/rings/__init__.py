"""Groups to rings."""
