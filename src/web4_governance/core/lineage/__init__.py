"""Which call changed which file, and which line of it: what the host tells, what lies there, and the fold of both."""
