-- An expression
SELECT u.id FROM users u WHERE lower(u.email) = :email;

-- candidates
CREATE INDEX users_lower_email_ff662b_idx ON users ((LOWER(email))); -- rows by LOWER(email)
CREATE INDEX users_lower_email_including_id_email_eefa21_idx ON users ((LOWER(email))) INCLUDE (id, email); -- rows by LOWER(email), without fetching rows
