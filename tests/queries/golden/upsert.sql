INSERT INTO reviews (id, product_id, user_id, rating)
VALUES (:id, :product_id, :user_id, :rating)
ON CONFLICT (product_id, user_id) DO UPDATE SET rating = excluded.rating, body = :body
WHERE reviews.rating < :worst;

-- insert reviews: id, product_id, user_id, rating, body, created_at
-- update reviews: rating, body
-- :id inserted reviews.id
-- :product_id upserted reviews.product_id
-- :user_id upserted reviews.user_id
-- :rating inserted reviews.rating
-- :body inserted reviews.body
-- :worst high reviews.rating as reviews
