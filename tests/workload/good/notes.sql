CREATE TABLE notes (id bigint PRIMARY KEY, author text NOT NULL, written_at timestamp NOT NULL);
CREATE INDEX notes_by_time ON notes (written_at);
