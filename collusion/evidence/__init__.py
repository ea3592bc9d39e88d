"""What can be said of a group: one signal per file, each with its question, its null and its p-value; one registry of them all."""
