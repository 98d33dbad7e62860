SELECT id
FROM products
WHERE to_tsvector('english', name || ' ' || coalesce(description, '')) @@ plainto_tsquery('english', :words);

-- from products products (id, name, description)
--   where products(TO_TSVECTOR('english', name || ' ' || COALESCE(description, ''))) @@ :words
-- :words search products.name as products through TO_TSVECTOR('english', name || ' ' || COALESCE(description, ''))
