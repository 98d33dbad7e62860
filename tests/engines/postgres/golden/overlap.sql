-- Overlapping ranges of one room
SELECT b.id FROM bookings b WHERE b.room_id = :room AND b.during && tsrange(:from, :to);

-- candidates
CREATE INDEX bookings_during_gist_idx ON bookings USING gist (during); -- && on during
CREATE INDEX bookings_room_id_during_gist_idx ON bookings USING gist (room_id, during); -- && on during, within room_id
CREATE INDEX bookings_room_id_idx ON bookings (room_id); -- rows by room_id
CREATE INDEX bookings_room_id_including_id_during_5e294f_idx ON bookings (room_id) INCLUDE (id, during); -- rows by room_id, without fetching rows
