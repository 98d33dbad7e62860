-- A field of a JSON document
SELECT p.id FROM products p WHERE p.data ->> 'brand' = :brand;

-- candidates
CREATE INDEX products_data_brand_66e367_idx ON products ((data ->> 'brand')); -- rows by data ->> 'brand'

-- left out
-- a covering index for data ->> 'brand' on products: data may be too wide to include
