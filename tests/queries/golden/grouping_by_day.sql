SELECT date_trunc('day', created_at) AS day, sum(total)
FROM orders
GROUP BY 1
ORDER BY day;

-- from orders orders (total, created_at)
--   group orders(DATE_TRUNC('day', created_at))
--   order orders(DATE_TRUNC('day', created_at))
