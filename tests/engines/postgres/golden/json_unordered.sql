-- A type without order
SELECT p.raw FROM products p WHERE p.name = :name ORDER BY p.raw;

-- candidates
CREATE INDEX products_name_idx ON products (name); -- rows by name

-- left out
-- a B-tree on raw of products: json isn't ordered: no B-tree on it
-- a covering index for name on products: raw may be too wide to include
