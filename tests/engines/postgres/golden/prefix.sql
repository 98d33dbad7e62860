-- A pattern with a fixed beginning
SELECT p.id FROM products p WHERE p.name LIKE 'abc%';

-- candidates
CREATE INDEX products_name_idx ON products (name); -- rows in a range of name
CREATE INDEX products_name_partial_0d20a4_idx ON products (name) WHERE name LIKE 'abc%'; -- rows by name, only rows where name LIKE 'abc%'
CREATE INDEX products_name_including_id_partial_555c11_idx ON products (name) INCLUDE (id) WHERE name LIKE 'abc%'; -- rows by name, only rows where name LIKE 'abc%', without fetching rows
