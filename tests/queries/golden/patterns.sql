SELECT id
FROM products
WHERE name LIKE 'abc%' AND name LIKE :pattern AND name ILIKE '%' || :part || '%'
  AND name LIKE :start || '%' AND name ~ '^ab' AND name NOT LIKE :never AND starts_with(name, :head);

-- from products products (id, name)
--   where products.name prefix [name LIKE 'abc%']
--   where products.name like :pattern
--   where products.name like :part
--   where products.name prefix :start
--   where products.name prefix [name ~ '^ab']
--   where products.name ! :never
--   where products.name prefix :head
-- :pattern pattern products.name as products
-- :part substring products.name as products
-- :start prefix products.name as products
-- :never pattern products.name as products
-- :head prefix products.name as products
