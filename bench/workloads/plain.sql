-- Rows that are found by their keys and changed all the time: nothing that is kept twice pays here.
CREATE TABLE members (
  id bigint PRIMARY KEY,
  email varchar(120) NOT NULL UNIQUE,
  nickname varchar(40) NOT NULL,
  seen_at timestamp NOT NULL
);
CREATE TABLE messages (
  id bigint PRIMARY KEY,
  member_id bigint NOT NULL REFERENCES members,
  sent_at timestamp NOT NULL,
  body varchar(400) NOT NULL
);
