SELECT id
FROM places
WHERE position <@ circle(point(:x, :y), :radius) OR position <@ box(point(:x1, :y1), point(:x2, :y2));

-- from places places (id, position)
--   where places.position @> :x :y :radius optional
--   where places.position @> :x1 :y1 :x2 :y2 optional
-- :x element places.position as places at x
-- :y element places.position as places at y
-- :radius radius places.position as places
-- :x1 low places.position as places at x
-- :y1 low places.position as places at y
-- :x2 high places.position as places at x
-- :y2 high places.position as places at y
