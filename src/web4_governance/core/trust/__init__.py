"""Trust as arithmetic: what a row of good and bad observations is worth (docs/spec/trust.md). It knows no record."""
