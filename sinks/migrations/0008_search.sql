-- What people look for beside numbers: a text by its digest, the caller's own reference, what a provider is asked by.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.
-- The digest is in no column: a short text can be guessed from it. `dashboards/sql/sought.sql` has it by the same words.

ALTER TABLE events$on_cluster
    ADD INDEX IF NOT EXISTS by_text if(isNull(text), '', hex(SHA256(assumeNotNull(text)))) TYPE bloom_filter(0.01) GRANULARITY 4,
    ADD INDEX IF NOT EXISTS by_handle handle TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE events$on_cluster MATERIALIZE INDEX by_text;
ALTER TABLE events$on_cluster MATERIALIZE INDEX by_handle;

ALTER TABLE attempts$on_cluster ADD INDEX IF NOT EXISTS by_reference reference TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE attempts$on_cluster MATERIALIZE INDEX by_reference;

ALTER TABLE requests$on_cluster
    ADD INDEX IF NOT EXISTS by_text if(isNull(text), '', hex(SHA256(assumeNotNull(text)))) TYPE bloom_filter(0.01) GRANULARITY 4,
    ADD INDEX IF NOT EXISTS by_reference reference TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE requests$on_cluster MATERIALIZE INDEX by_text;
ALTER TABLE requests$on_cluster MATERIALIZE INDEX by_reference;
