-- A delete makes the server look for children
DELETE FROM users WHERE id = :id;

-- candidates
CREATE INDEX orders_user_id_idx ON orders (user_id); -- a row of users that goes is looked for in orders
