"""R6 records: entries, what is kept beside them, and how their bodies are built."""
