-- The nearest points
SELECT p.name FROM places p ORDER BY p.position <-> point(:x, :y) LIMIT 5;

-- candidates
CREATE INDEX places_position_gist_idx ON places USING gist ("position"); -- <-> on "position"
