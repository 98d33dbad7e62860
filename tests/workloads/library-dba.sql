CREATE INDEX loans_member ON loans (member_id, due_on);
CREATE INDEX ON books (author_id);
