"""Loops on raw arrays, compiled by numba: the one room that imports it."""
