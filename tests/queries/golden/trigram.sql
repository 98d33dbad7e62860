SELECT id FROM products WHERE name % :words;

-- from products products (id, name)
--   where products.name like :words
-- :words compared products.name as products
