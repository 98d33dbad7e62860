-- Event sourcing: an append-only log, snapshots of what it adds up to, and a read model.

-- Streams: one per aggregate, with the number of its last event (optimistic concurrency) -----------

CREATE TABLE streams (
  aggregate_id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  aggregate_type VARCHAR(50) NOT NULL, -- 'user', 'order', ...
  version INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL DEFAULT NOW(),
  UNIQUE (aggregate_id, aggregate_type)
);

-- Events: never changed, never deleted -------------------------------------------------------------

CREATE TABLE events (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  aggregate_id UUID NOT NULL,
  aggregate_type VARCHAR(50) NOT NULL,
  event_type VARCHAR(100) NOT NULL, -- 'user.created', 'order.placed', ...
  event_version INTEGER NOT NULL DEFAULT 1, -- of the layout of event_data
  event_data JSONB NOT NULL,
  metadata JSONB, -- who caused it, from where
  sequence_number BIGSERIAL,
  created_at TIMESTAMP NOT NULL DEFAULT NOW(),
  FOREIGN KEY (aggregate_id, aggregate_type) REFERENCES streams(aggregate_id, aggregate_type)
);

CREATE INDEX idx_events_aggregate ON events(aggregate_id, aggregate_type);
CREATE INDEX idx_events_type ON events(event_type);
CREATE INDEX idx_events_created ON events(created_at DESC);
CREATE INDEX idx_events_sequence ON events(sequence_number);
CREATE INDEX idx_events_data ON events USING GIN (event_data);

-- Snapshots: the state of an aggregate, so that not all of its events must be read -----------------

CREATE TABLE snapshots (
  aggregate_id UUID NOT NULL,
  aggregate_type VARCHAR(50) NOT NULL,
  version INTEGER NOT NULL,
  state JSONB NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT NOW(),
  PRIMARY KEY (aggregate_id, aggregate_type),
  FOREIGN KEY (aggregate_id, aggregate_type) REFERENCES streams(aggregate_id, aggregate_type)
);

CREATE INDEX idx_snapshots_created ON snapshots(created_at DESC);

-- Read model: one row per user, so grouped by the user alone ---------------------------------------

CREATE MATERIALIZED VIEW user_summary AS
SELECT
  aggregate_id AS user_id,
  MAX(event_data->>'email') AS email,
  MAX(event_data->>'name') AS name,
  COUNT(*) FILTER (WHERE event_type = 'order.placed') AS total_orders,
  SUM((event_data->>'amount')::DECIMAL) FILTER (WHERE event_type = 'order.placed') AS total_spent,
  MAX(created_at) FILTER (WHERE event_type = 'user.login') AS last_login
FROM events
WHERE aggregate_type = 'user'
GROUP BY aggregate_id;

CREATE UNIQUE INDEX idx_user_summary_id ON user_summary(user_id);
