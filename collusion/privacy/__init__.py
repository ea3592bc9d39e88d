"""Names made pseudonyms for whatever leaves the machine, and the way back for who holds the key and the log.

`keys` makes and reads keys, `names` turns a name into a pseudonym, `case` does so for a whole case, `reveal` finds the names again.
"""
