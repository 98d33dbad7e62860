SELECT id FROM products WHERE price * stock > :value AND id % 10 = :digit AND (stock + 1) = 3;

-- from products products (id, price, stock)
--   where products(price * stock) range :value
--   where products(id % 10) = :digit
--   where products(stock + 1) = [(stock + 1) = 3]
-- :value low products.price as products through price * stock
-- :digit compared products.id as products through id % 10
