-- What a number's plan says of it.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

ALTER TABLE events$on_cluster
    ADD COLUMN IF NOT EXISTS number_type LowCardinality(Nullable(String)) COMMENT 'none where nobody looked it up, as before there was this column' AFTER country,
    ADD COLUMN IF NOT EXISTS carrier LowCardinality(Nullable(String)) COMMENT 'a guess: whose the number first was' AFTER number_type;

ALTER TABLE attempts$on_cluster
    ADD COLUMN IF NOT EXISTS number_type LowCardinality(Nullable(String)) COMMENT 'none where nobody looked it up, as before there was this column' AFTER country,
    ADD COLUMN IF NOT EXISTS carrier LowCardinality(Nullable(String)) COMMENT 'a guess: whose the number first was' AFTER number_type;
