"""Anchors: where heads of the ledger are held by somebody else, one kind a module (docs/spec/anchors.md A)."""
