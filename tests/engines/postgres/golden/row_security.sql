-- Row-level security compares the tenant
SELECT t.id, t.title FROM tasks t WHERE t.status = :status ORDER BY t.due_on LIMIT 50;

-- candidates
CREATE INDEX tasks_tenant_id_idx ON tasks (tenant_id); -- the front of (tenant_id, status, due_on): rows by tenant_id, status in order of due_on
CREATE INDEX tasks_tenant_id_status_due_on_idx ON tasks (tenant_id, status, due_on); -- rows by tenant_id, status in order of due_on
CREATE INDEX tasks_tenant_id_status_due_on_including_id_title_1b973b_idx ON tasks (tenant_id, status, due_on) INCLUDE (id, title); -- rows by tenant_id, status in order of due_on, without fetching rows
CREATE INDEX tasks_tenant_id_status_idx ON tasks (tenant_id, status); -- the front of (tenant_id, status, due_on): rows by tenant_id, status in order of due_on
