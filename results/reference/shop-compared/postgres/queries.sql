-- The statements that are sent to this server in other words than the workload file has them: for the winning
-- design's structures, or for a function that the server lacks (time_bucket). All others stay as they are.
-- Their answers on this design were compared with those of the baseline on PostgreSQL.

-- category_tree
SELECT
  c.id,
  c.name,
  c.slug,
  c.depth,
  c.products_count AS products
FROM public.categories AS c
ORDER BY
  c.lft,
  id;

-- revenue_by_month
SELECT
  o.created_at_month AS month,
  o.status,
  o.row_count AS orders,
  o.total_sum AS revenue
FROM public.orders_by_status_created_at_month AS o
ORDER BY
  month,
  status;
