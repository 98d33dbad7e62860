-- A search within a tenant
SELECT t.id, t.title FROM tasks t WHERE t.title LIKE :pattern;

-- candidates
CREATE INDEX tasks_title_gin_c772e2_idx ON tasks USING gin (title gin_trgm_ops); -- like on title
CREATE INDEX tasks_tenant_id_title_gin_bb1ebc_idx ON tasks USING gin (tenant_id, title gin_trgm_ops); -- like on title, within tenant_id
CREATE INDEX tasks_tenant_id_idx ON tasks (tenant_id); -- rows by tenant_id
CREATE INDEX tasks_tenant_id_including_id_title_026628_idx ON tasks (tenant_id) INCLUDE (id, title); -- rows by tenant_id, without fetching rows
