"""The pages, one a file: `routes(desk)` gives the addresses it answers. A page asks use cases and prints what they give."""
