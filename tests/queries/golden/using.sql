SELECT r.id FROM reviews r JOIN order_items i USING (product_id) WHERE r.rating = :rating;

-- from reviews r (id, product_id, rating); order_items i (product_id)
--   where r.rating = :rating
--   join r.product_id = i.product_id
-- :rating compared reviews.rating as r
