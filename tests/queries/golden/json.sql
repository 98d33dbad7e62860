SELECT id
FROM products
WHERE data ->> 'kind' = :kind AND (data ->> 'weight')::int > :weight AND data #>> '{maker,name}' = :maker
  AND data -> 'size' ->> 'unit' IN (:unit, 'cm');

-- from products products (id, data)
--   where products(data ->> 'kind') = :kind
--   where products(CAST((data ->> 'weight') AS INT)) range :weight
--   where products(data #>> '{maker,name}') = :maker
--   where products(data -> 'size' ->> 'unit') in :unit
-- :kind element products.data as products at kind through data ->> 'kind'
-- :weight low products.data as products at weight through CAST((data ->> 'weight') AS INT)
-- :maker element products.data as products at maker/name through data #>> '{maker,name}'
-- :unit element products.data as products at size/unit through data -> 'size' ->> 'unit'
