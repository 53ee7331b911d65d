"""The resident gate: the face that stays, and answers clients on a Unix socket (docs/spec/daemon.md)."""
