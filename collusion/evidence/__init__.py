"""What can be said for and against a ring, one signal a file, and how significant it is."""
