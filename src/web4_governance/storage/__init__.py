"""The ledger's disk: the home, the lock, the database, the mirror. The only code that touches them.

Importing this package imports nothing, so that a hook pays only for the writer: use `storage.writer`, `storage.reader`,
`storage.home` by name.
"""
