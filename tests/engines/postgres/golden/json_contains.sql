-- A JSON document by what it contains
SELECT p.id FROM products p WHERE p.data @> :document AND p.is_active = TRUE;

-- candidates
CREATE INDEX products_data_gin_8c9c87_idx ON products USING gin (data jsonb_path_ops); -- @> on data
CREATE INDEX products_data_partial_gin_505ea8_idx ON products USING gin (data jsonb_path_ops) WHERE is_active = TRUE; -- @> on data, only rows where is_active = TRUE
CREATE INDEX products_data_gin_idx ON products USING gin (data); -- @> on data
CREATE INDEX products_data_partial_gin_472c69_idx ON products USING gin (data) WHERE is_active = TRUE; -- @> on data, only rows where is_active = TRUE
CREATE INDEX products_is_active_partial_a2b5d9_idx ON products (is_active) WHERE is_active = TRUE; -- rows by is_active, only rows where is_active = TRUE

-- left out
-- a covering index for is_active on products: data may be too wide to include
