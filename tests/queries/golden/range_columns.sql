SELECT id
FROM bookings
WHERE room = :room AND during && tsrange(:from, :end) AND during @> :moment::timestamp;

-- from bookings bookings (id, room, during)
--   where bookings.room = :room
--   where bookings.during && :from :end
--   where bookings.during @> :moment
-- :room compared bookings.room as bookings
-- :from low bookings.during as bookings
-- :end high bookings.during as bookings
-- :moment element bookings.during as bookings
