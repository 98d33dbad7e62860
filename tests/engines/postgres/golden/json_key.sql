-- A key of a JSON document
SELECT p.id FROM products p WHERE p.data ? :key;

-- candidates
CREATE INDEX products_data_gin_idx ON products USING gin (data); -- ? on data
