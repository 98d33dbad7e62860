SELECT id
FROM products
WHERE :tag = ANY(tags) AND tags @> ARRAY[:other] AND tags && :tags;

-- from products products (id, tags)
--   where products.tags ! :tag
--   where products.tags @> :other
--   where products.tags && :tags
-- :tag element products.tags as products
-- :other element products.tags as products
-- :tags element products.tags as products many
