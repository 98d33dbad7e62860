-- A boolean is worth a predicate only
SELECT p.id, p.price FROM products p WHERE p.category_id = :category AND p.is_active = TRUE ORDER BY p.price LIMIT 24;

-- candidates
CREATE INDEX products_category_id_price_partial_ca0610_idx ON products (category_id, price) WHERE is_active = TRUE; -- rows by category_id in order of price, only rows where is_active = TRUE
CREATE INDEX products_category_id_price_including_id_is_active_pa_e3f759_idx ON products (category_id, price) INCLUDE (id, is_active) WHERE is_active = TRUE; -- rows by category_id in order of price, only rows where is_active = TRUE, without fetching rows
