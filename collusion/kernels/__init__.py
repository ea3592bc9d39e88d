"""Loops on raw arrays: typed doors to the compiled core, whose sources are beside them."""
