-- Grouping a whole table: covering only
SELECT o.status, sum(o.total) FROM orders o GROUP BY o.status;

-- candidates
CREATE INDEX orders_status_including_total_d75499_idx ON orders (status) INCLUDE (total); -- rows grouped by status, without fetching rows
