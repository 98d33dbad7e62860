UPDATE products SET stock = stock - :quantity, name = :name, price = price * 2
WHERE id = :id AND stock >= :quantity;

-- from products products (id, price, stock)
--   where products.id = :id
--   where products.stock range :quantity
-- update products: stock, name, price
-- :quantity delta products.stock
-- :quantity low products.stock as products
-- :name inserted products.name
-- :id compared products.id as products
