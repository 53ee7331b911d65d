"""Exports: the ledger's calls in the forms that other programs read (docs/spec/cli.md T)."""
