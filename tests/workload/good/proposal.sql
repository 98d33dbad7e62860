CREATE INDEX notes_by_author ON notes (author, written_at DESC);
