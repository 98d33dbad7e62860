-- Metrics: one long table of numbers with a name, a time and tags, as an application's servers send them.

CREATE TABLE metrics (
  time TIMESTAMPTZ NOT NULL,
  metric_name VARCHAR(100) NOT NULL, -- 'http.duration', 'cpu.load', ...
  value DOUBLE PRECISION NOT NULL,
  tags JSONB, -- which host, where, in which environment
  metadata JSONB
);

CREATE INDEX idx_metrics_name_time ON metrics(metric_name, time DESC);
CREATE INDEX idx_metrics_tags ON metrics USING GIN (tags);
