"""Who acts, as small documents: linked context tokens (docs/spec/identity.md). Values only; who signs them is the app's."""
