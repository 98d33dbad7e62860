-- A long text compared for equality
SELECT u.id FROM users u WHERE u.api_key = :key;

-- candidates
CREATE INDEX users_api_key_idx ON users (api_key); -- rows by api_key
CREATE INDEX users_api_key_hash_idx ON users USING hash (api_key); -- api_key is long and only compared for equality
CREATE INDEX users_api_key_including_id_a93fec_idx ON users (api_key) INCLUDE (id); -- rows by api_key, without fetching rows
