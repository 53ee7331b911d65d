"""The console: what a ledger holds as a local web page, for reading only (docs/spec/console.md).

A face: no rules, and no SQL. Nothing of it is imported unless `web4 console` runs. What it needs beside the program is the
extra `console`: Starlette, uvicorn and Jinja2, and htmx out of a package that carries it.
"""
