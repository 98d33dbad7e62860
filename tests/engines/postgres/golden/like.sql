-- A pattern without a fixed beginning
SELECT p.id FROM products p WHERE p.name ILIKE :pattern;

-- candidates
CREATE INDEX products_name_gin_a8199e_idx ON products USING gin (name gin_trgm_ops); -- like on name
