-- A correlated subquery
SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = :status);

-- candidates
CREATE INDEX users_id_including_name_262f73_idx ON users (id) INCLUDE (name); -- rows by id, without fetching rows
CREATE INDEX orders_status_idx ON orders (status); -- rows by status
CREATE INDEX orders_user_id_idx ON orders (user_id); -- the front of (user_id, status): rows by user_id, status
CREATE INDEX orders_user_id_status_idx ON orders (user_id, status); -- rows by user_id, status
CREATE INDEX orders_status_including_user_id_84939f_idx ON orders (status) INCLUDE (user_id); -- rows by status, without fetching rows

-- left out
-- btree (id) on users: users_pkey covers it
