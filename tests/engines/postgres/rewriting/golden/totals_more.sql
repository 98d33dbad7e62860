-- More statements that totals answer.

SELECT avg(stars) AS a, avg(price) AS b, avg(big) AS c, min(price), count(price) FROM likes WHERE post_id = :id;
SELECT count(*) FROM likes WHERE post_id = 4 HAVING count(*) > 100;
SELECT u.name, (SELECT avg(l.price) FROM likes l WHERE l.post_id = p.id) AS a FROM posts p JOIN users u ON u.id = p.author_id;
SELECT p.id, (SELECT count(l.stars) FROM likes l WHERE l.post_id = p.id) AS n FROM posts p GROUP BY p.id;
SELECT sum((SELECT count(*) FROM likes l WHERE l.post_id = p.id)) AS n FROM posts p;
SELECT x.id, (SELECT count(*) FROM likes l WHERE l.post_id = x.post_id) AS n FROM likes x;
SELECT u.id, count(l.id) AS n FROM users u LEFT JOIN likes l ON l.user_id = u.id GROUP BY u.id;
SELECT u.id, u.name, count(*) AS n FROM likes l JOIN users u ON u.id = l.user_id GROUP BY u.id, u.name;
SELECT DISTINCT count(*) AS n FROM posts p JOIN likes l ON l.post_id = p.id GROUP BY p.id;
SELECT t.region, t.no, count(*) AS n FROM app."Teams" t JOIN users u ON u.team_region = t.region AND u.team_no = t.no GROUP BY t.region, t.no;
SELECT t.name FROM app."Teams" t WHERE EXISTS (SELECT 1 FROM users u WHERE u.team_region = t.region AND u.team_no = t.no);
SELECT p.id FROM posts p WHERE p.id IN (SELECT post_id FROM likes GROUP BY post_id HAVING count(*) > 4);
SELECT p.id, p.title FROM posts p JOIN likes l ON l.post_id = p.id GROUP BY p.id ORDER BY count(*) DESC, p.id;
SELECT p.title, x.a FROM (SELECT post_id, avg(big) AS a FROM likes GROUP BY post_id) x JOIN posts p ON p.id = x.post_id;
SELECT x.author_id, sum(x.n) AS n FROM (SELECT p.author_id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS n FROM posts p) x GROUP BY x.author_id;
SELECT p.id FROM posts p JOIN LATERAL (SELECT min(price) AS m FROM likes l WHERE l.post_id = p.id) x ON TRUE GROUP BY p.id, x.m HAVING x.m < 0;
SELECT p.id, lpad(count(l.id)::text, 3) AS n FROM posts p LEFT JOIN likes l ON l.post_id = p.id GROUP BY p.id;
SELECT p.id, to_char((SELECT count(*) FROM likes l WHERE l.post_id = p.id), '99') AS n FROM posts p;
SELECT p.id FROM posts p WHERE EXISTS ((SELECT count(*) FROM likes l WHERE l.post_id = p.id));
