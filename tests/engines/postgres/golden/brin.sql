-- A range over a column that grows with time
SELECT e.kind FROM events e WHERE e.at >= :from AND e.at < :to;

-- candidates
CREATE INDEX events_at_idx ON events (at); -- rows in a range of at
CREATE INDEX events_at_brin_214f4e_idx ON events USING brin (at) WITH (pages_per_range = 32); -- at grows as rows are added
CREATE INDEX events_at_brin_idx ON events USING brin (at); -- at grows as rows are added
CREATE INDEX events_at_including_kind_ec33b6_idx ON events (at) INCLUDE (kind); -- rows in a range of at, without fetching rows
