INSERT INTO audit.log VALUES (:id, lower(:kind), :now), (:id2, :kind2, :now);

-- insert audit.log: id, kind, at
-- :id inserted audit.log.id
-- :kind inserted audit.log.kind
-- :now inserted audit.log.at
-- :id2 inserted audit.log.id
-- :kind2 inserted audit.log.kind
