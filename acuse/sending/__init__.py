"""What `acuse send` and `acuse settle` do: they are callers of a running ingest like any other."""
