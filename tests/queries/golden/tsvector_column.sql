SELECT id
FROM products
WHERE search @@ to_tsquery('english', :word)
ORDER BY ts_rank(search, to_tsquery('english', :word)) DESC
LIMIT 10;

-- from products products (id, search) limited
--   where products.search @@ :word
-- :word lexeme products.search as products
