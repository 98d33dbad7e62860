-- One column: the index, its covering version
SELECT o.id, o.total FROM orders o WHERE o.user_id = :user;

-- candidates
CREATE INDEX orders_user_id_idx ON orders (user_id); -- rows by user_id
CREATE INDEX orders_user_id_including_id_total_bcd239_idx ON orders (user_id) INCLUDE (id, total); -- rows by user_id, without fetching rows
