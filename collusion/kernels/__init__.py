"""Loops on raw arrays: typed Python functions that call the compiled library, whose sources are in the same folder."""
