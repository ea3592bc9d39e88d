"""A file for due process: what was found of some rings, why, and how to object, for the people it concerns.

`write` makes a pack and `verify` checks one. `subject` says which rings and whose ids, `content` makes the files, `bag` the archive,
`signature` signs it.
"""
