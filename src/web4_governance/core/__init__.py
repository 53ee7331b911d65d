"""The pure core: no clock, files, sockets, environment or randomness."""
