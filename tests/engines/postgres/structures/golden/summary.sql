-- define
CREATE TABLE orders_by_user_id_at_day (
  user_id bigint NOT NULL,
  at_day timestamp without time zone NOT NULL,
  row_count bigint NOT NULL,
  total_count bigint NOT NULL,
  total_sum numeric NOT NULL,
  at_max timestamp without time zone,
  CONSTRAINT orders_by_user_id_at_day_pkey PRIMARY KEY (user_id, at_day)
);
CREATE FUNCTION orders_into_orders_by_user_id_at_day() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE public.orders_by_user_id_at_day;
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO public.orders_by_user_id_at_day AS kept (user_id, at_day, row_count, total_count, total_sum, at_max)
    SELECT user_id, at_day,
      count(*),
      count(total),
      coalesce(sum(total), 0),
      max(at)
    FROM (SELECT user_id, date_trunc('day', at) AS at_day, total, at FROM added WHERE user_id IS NOT NULL) one
    GROUP BY user_id, at_day
    ORDER BY user_id, at_day
    ON CONFLICT (user_id, at_day) DO UPDATE SET
      row_count = kept.row_count + EXCLUDED.row_count,
      total_count = kept.total_count + EXCLUDED.total_count,
      total_sum = kept.total_sum + EXCLUDED.total_sum,
      at_max = greatest(kept.at_max, EXCLUDED.at_max);
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.orders_by_user_id_at_day AS kept (user_id, at_day, row_count, total_count, total_sum, at_max)
    SELECT user_id, at_day,
      -count(*),
      -count(total),
      -coalesce(sum(total), 0),
      NULL
    FROM (SELECT user_id, date_trunc('day', at) AS at_day, total, at FROM removed WHERE user_id IS NOT NULL) one
    GROUP BY user_id, at_day
    ORDER BY user_id, at_day
    ON CONFLICT (user_id, at_day) DO UPDATE SET
      row_count = kept.row_count + EXCLUDED.row_count,
      total_count = kept.total_count + EXCLUDED.total_count,
      total_sum = kept.total_sum + EXCLUDED.total_sum,
      at_max = greatest(kept.at_max, EXCLUDED.at_max);
  ELSE
    INSERT INTO public.orders_by_user_id_at_day AS kept (user_id, at_day, row_count, total_count, total_sum, at_max)
    SELECT user_id, at_day,
      count(*) FILTER (WHERE is_new) - count(*) FILTER (WHERE NOT is_new),
      count(total) FILTER (WHERE is_new) - count(total) FILTER (WHERE NOT is_new),
      coalesce(sum(total) FILTER (WHERE is_new), 0) - coalesce(sum(total) FILTER (WHERE NOT is_new), 0),
      max(at) FILTER (WHERE is_new)
    FROM (SELECT user_id, date_trunc('day', at) AS at_day, total, at, true AS is_new FROM added WHERE user_id IS NOT NULL
      UNION ALL SELECT user_id, date_trunc('day', at) AS at_day, total, at, false AS is_new FROM removed WHERE user_id IS NOT NULL) one
    GROUP BY user_id, at_day
    HAVING ROW(count(*) FILTER (WHERE NOT is_new), count(total) FILTER (WHERE NOT is_new), coalesce(sum(total) FILTER (WHERE NOT is_new), 0), max(at) FILTER (WHERE NOT is_new))
      IS DISTINCT FROM ROW(count(*) FILTER (WHERE is_new), count(total) FILTER (WHERE is_new), coalesce(sum(total) FILTER (WHERE is_new), 0), max(at) FILTER (WHERE is_new))
    ORDER BY user_id, at_day
    ON CONFLICT (user_id, at_day) DO UPDATE SET
      row_count = kept.row_count + EXCLUDED.row_count,
      total_count = kept.total_count + EXCLUDED.total_count,
      total_sum = kept.total_sum + EXCLUDED.total_sum,
      at_max = greatest(kept.at_max, EXCLUDED.at_max);
  END IF;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  DELETE FROM public.orders_by_user_id_at_day kept
  USING (
    SELECT DISTINCT user_id, at_day
    FROM (SELECT user_id, date_trunc('day', at) AS at_day FROM removed WHERE user_id IS NOT NULL) one) gone
  WHERE kept.user_id = gone.user_id AND kept.at_day = gone.at_day AND kept.row_count = 0;
  UPDATE public.orders_by_user_id_at_day kept SET (at_max, total_sum) = (
    SELECT max(at), coalesce(sum(total), 0)
    FROM (SELECT user_id, date_trunc('day', at) AS at_day, at, total FROM public.orders WHERE user_id IS NOT NULL) one
    WHERE one.user_id = kept.user_id AND one.at_day = kept.at_day)
  FROM (
    SELECT user_id, at_day, max(at) AS at_max
    FROM (SELECT user_id, date_trunc('day', at) AS at_day, at FROM removed WHERE user_id IS NOT NULL) one
    GROUP BY user_id, at_day) gone
  WHERE kept.user_id = gone.user_id AND kept.at_day = gone.at_day
    AND (kept.at_max <= gone.at_max OR kept.total_sum = 'NaN');
  RETURN NULL;
END
$$;
CREATE TRIGGER orders_into_orders_by_user_id_at_day_insert AFTER INSERT ON orders
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_into_orders_by_user_id_at_day();
CREATE TRIGGER orders_into_orders_by_user_id_at_day_update AFTER UPDATE ON orders
  REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_into_orders_by_user_id_at_day();
CREATE TRIGGER orders_into_orders_by_user_id_at_day_delete AFTER DELETE ON orders
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION orders_into_orders_by_user_id_at_day();
CREATE TRIGGER orders_into_orders_by_user_id_at_day_truncate AFTER TRUNCATE ON orders
  FOR EACH STATEMENT EXECUTE FUNCTION orders_into_orders_by_user_id_at_day();

-- fill
INSERT INTO orders_by_user_id_at_day (user_id, at_day, row_count, total_count, total_sum, at_max)
SELECT user_id, at_day, count(*) AS row_count, count(total) AS total_count, coalesce(sum(total), 0) AS total_sum, max(at) AS at_max
FROM (SELECT user_id, date_trunc('day', at) AS at_day, total, at FROM public.orders WHERE user_id IS NOT NULL) one
GROUP BY user_id, at_day;

-- undo
DROP TRIGGER orders_into_orders_by_user_id_at_day_insert ON orders;
DROP TRIGGER orders_into_orders_by_user_id_at_day_update ON orders;
DROP TRIGGER orders_into_orders_by_user_id_at_day_delete ON orders;
DROP TRIGGER orders_into_orders_by_user_id_at_day_truncate ON orders;
DROP FUNCTION orders_into_orders_by_user_id_at_day();
DROP TABLE orders_by_user_id_at_day;
