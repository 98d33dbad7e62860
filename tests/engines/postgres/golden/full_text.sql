-- Full text over an expression
SELECT p.id FROM products p WHERE to_tsvector('english', p.name || ' ' || COALESCE(p.description, '')) @@ plainto_tsquery('english', :search);

-- candidates
CREATE INDEX products_to_tsvector_english_name_coalesce_descripti_c3de56_idx ON products USING gin ((TO_TSVECTOR('english', name || ' ' || COALESCE(description, '')))); -- @@ on TO_TSVECTOR('english', name || ' ' || COALESCE(description, ''))
