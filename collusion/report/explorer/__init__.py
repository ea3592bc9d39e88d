"""The explorer of one ring: a script of our own that serves the report's pages and notebooks alike."""
