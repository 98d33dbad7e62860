SELECT id
FROM reviews
WHERE created_at::date = :date AND date_trunc('month', created_at) = :month AND extract(year FROM created_at) = 2025;

-- from reviews reviews (id, created_at)
--   where reviews(CAST(created_at AS DATE)) = :date
--   where reviews(DATE_TRUNC('month', created_at)) = :month
--   where reviews(EXTRACT(YEAR FROM created_at)) = [EXTRACT(YEAR FROM created_at) = 2025]
-- :date compared reviews.created_at as reviews through CAST(created_at AS DATE)
-- :month compared reviews.created_at as reviews through DATE_TRUNC('month', created_at)
