SELECT v.n FROM numbers v WHERE v.n = :n;

-- gap: numbers is no table of the schema
-- :n unknown
