-- An array by what it contains
SELECT p.id FROM products p WHERE p.tags @> ARRAY[:tag];

-- candidates
CREATE INDEX products_tags_gin_idx ON products USING gin (tags); -- @> on tags
