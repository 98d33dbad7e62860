SELECT l.at FROM audit.log AS l WHERE l.kind = :kind;

-- from audit.log l (kind, at)
--   where l.kind = :kind
-- :kind compared audit.log.kind as l
