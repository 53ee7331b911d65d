"""Use cases, one a file: they bring core, agents and storage together and hold no rules of their own."""
