"""From records to evidence: which entries say something about whom, and the fold that trust is (docs/spec/trust.md E)."""
