-- Full text over a column
SELECT p.id FROM products p WHERE p.search @@ plainto_tsquery('english', :search);

-- candidates
CREATE INDEX products_search_gin_idx ON products USING gin (search); -- @@ on search
