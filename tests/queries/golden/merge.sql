MERGE INTO products p
USING (SELECT :id::bigint AS id) s ON p.id = s.id
WHEN MATCHED THEN UPDATE SET price = :price
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (:id, :name);

-- from products p (id)
--   where p.id =
-- update products: price
-- insert products: id, name, description, price, stock, tags, data, search
-- :id inserted products.id
-- :price inserted products.price
-- :name inserted products.name
