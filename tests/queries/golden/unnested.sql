SELECT p.id
FROM unnest(:ids::bigint[]) AS wanted(id)
JOIN products p ON p.id = wanted.id;

-- from products p (id)
--   where p.id =
-- :ids compared products.id as p many
