-- Each statement as it was written, and below it as it is rewritten for the totals of test_totals.py.

SELECT p.id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS n FROM posts p;
SELECT p.id, p.likes_count AS n FROM public.posts AS p;

SELECT p.id, COALESCE((SELECT sum(stars) FROM likes WHERE p.id = post_id), 0) AS s FROM posts p;
SELECT p.id, COALESCE(p.likes_stars_sum, 0) AS s FROM public.posts AS p;

SELECT t.name, (SELECT count(*) FROM users u WHERE u.team_no = t.no AND u.team_region = t.region) AS n FROM app."Teams" t;
SELECT t.name, t."Members" AS n FROM app."Teams" AS t;

SELECT u.id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS n FROM users u LEFT JOIN posts p ON p.author_id = u.id;
SELECT u.id, COALESCE(p.likes_count, 0) AS n FROM public.users AS u LEFT JOIN public.posts AS p ON p.author_id = u.id;

SELECT p.id FROM posts p ORDER BY (SELECT count(*) FROM likes l WHERE l.post_id = p.id) DESC, p.id LIMIT 3;
SELECT p.id FROM public.posts AS p ORDER BY p.likes_count DESC, p.id LIMIT 3;

SELECT p.id FROM posts p WHERE EXISTS (SELECT 1 FROM likes l WHERE l.post_id = p.id) AND p.id < 9;
SELECT p.id FROM public.posts AS p WHERE p.likes_count > 0 AND p.id < 9;

SELECT p.id FROM posts p WHERE NOT EXISTS (SELECT * FROM likes l WHERE l.post_id = p.id);
SELECT p.id FROM public.posts AS p WHERE p.likes_count = 0;

SELECT u.id FROM users u LEFT JOIN posts p ON p.author_id = u.id WHERE NOT EXISTS (SELECT 1 FROM likes l WHERE l.post_id = p.id);
SELECT u.id FROM public.users AS u LEFT JOIN public.posts AS p ON p.author_id = u.id WHERE COALESCE(p.likes_count, 0) = 0;

SELECT p.id FROM posts p WHERE p.id NOT IN (SELECT l.post_id FROM likes l);
SELECT p.id FROM public.posts AS p WHERE p.likes_count = 0;

SELECT count(*) AS n, round(avg(stars), 2) AS r, sum(price), max(at) FROM likes WHERE post_id = :id;
SELECT COALESCE(posts.likes_count, 0) AS n, ROUND(CAST(posts.likes_stars_sum AS DECIMAL) / posts.likes_stars_sum_values, 2) AS r, posts.likes_price_sum AS sum, posts.likes_at_max AS max FROM (SELECT 1) AS one LEFT JOIN public.posts AS posts ON posts.id = :id;

SELECT post_id, count(*) AS n FROM likes WHERE post_id = ANY(:ids) GROUP BY post_id HAVING count(*) > 3 ORDER BY n DESC, post_id;
SELECT posts.id AS post_id, posts.likes_count AS n FROM public.posts AS posts WHERE posts.id = ANY(:ids) AND posts.likes_count > 0 AND posts.likes_count > 3 ORDER BY n DESC, post_id;

SELECT user_id, count(*) AS n FROM likes WHERE NOT user_id IS NULL GROUP BY user_id;
SELECT users.id AS user_id, users.likes_count AS n FROM public.users AS users WHERE NOT users.id IS NULL AND users.likes_count > 0;

SELECT p.id, p.title, u.name, count(l.id) AS n, sum(l.price) AS s FROM posts p JOIN users u ON u.id = p.author_id LEFT JOIN likes l ON l.post_id = p.id WHERE p.title <> 't1' GROUP BY p.id, p.title, u.name HAVING count(l.id) < 8 ORDER BY s, p.id;
SELECT p.id, p.title, u.name, p.likes_count AS n, p.likes_price_sum AS s FROM public.posts AS p JOIN public.users AS u ON u.id = p.author_id WHERE p.title <> 't1' AND p.likes_count < 8 ORDER BY s, id;

SELECT l.post_id, p.title, count(*) AS n FROM likes l JOIN posts p ON p.id = l.post_id AND p.id > 2 GROUP BY l.post_id, p.title;
SELECT p.id AS post_id, p.title, p.likes_count AS n FROM public.posts AS p WHERE p.id > 2 AND p.likes_count > 0;

SELECT p.id, count(*) AS n FROM posts p LEFT JOIN likes l ON l.post_id = p.id GROUP BY p.id;
SELECT p.id, GREATEST(p.likes_count, 1) AS n FROM public.posts AS p;

SELECT p.id, rank() OVER (ORDER BY count(*) DESC) AS r, sum(count(*)) OVER () AS s FROM posts p, likes l WHERE p.id = l.post_id GROUP BY p.id;
SELECT p.id, RANK() OVER (ORDER BY p.likes_count DESC) AS r, SUM(p.likes_count) OVER () AS s FROM public.posts AS p WHERE p.likes_count > 0;

SELECT p.id, x.n FROM posts p LEFT JOIN LATERAL (SELECT count(*) AS n FROM likes l WHERE l.post_id = p.id) x ON TRUE WHERE x.n > 2;
SELECT p.id, p.likes_count AS n FROM public.posts AS p WHERE p.likes_count > 2;

SELECT p.id, COALESCE(x.n, 0) AS n, x.n AS m, x.s FROM posts p LEFT JOIN (SELECT post_id, count(*) AS n, sum(stars) AS s FROM likes GROUP BY post_id) x ON x.post_id = p.id;
SELECT p.id, p.likes_count AS n, NULLIF(p.likes_count, 0) AS m, CASE WHEN p.likes_count > 0 THEN p.likes_stars_sum END AS s FROM public.posts AS p;

WITH x AS (SELECT post_id, max(at) AS at FROM likes GROUP BY post_id HAVING count(*) > 2) SELECT p.title, x.at FROM posts p JOIN x ON x.post_id = p.id AND p.id > 1 ORDER BY x.at, p.id;
SELECT p.title, p.likes_at_max AS at FROM public.posts AS p WHERE p.id > 1 AND p.likes_count > 0 AND p.likes_count > 2 ORDER BY p.likes_at_max, p.id;
