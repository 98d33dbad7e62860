SELECT id
FROM products
WHERE data @> :document AND data @> jsonb_build_object('maker', jsonb_build_object('name', :maker::text))
  AND data ? :key AND data ?| :keys AND data @> '{"new": true}';

-- from products products (id, data)
--   where products.data @> :document
--   where products.data @> :maker
--   where products.data ? :key
--   where products.data ? :keys
--   where products.data @> [data @> '{"new": true}']
-- :document element products.data as products
-- :maker element products.data as products at maker/name
-- :key key products.data as products
-- :keys key products.data as products many
