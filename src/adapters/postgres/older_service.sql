-- A database as the older Python service leaves it (contract section 5): made by SQLAlchemy, written by hand from the contract.
CREATE TYPE jobstatus AS ENUM ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED');

CREATE TABLE users (
  id SERIAL NOT NULL,
  email VARCHAR NOT NULL,
  hashed_password VARCHAR NOT NULL,
  full_name VARCHAR,
  is_active BOOLEAN,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_id ON users (id);

CREATE TABLE plugins (
  id SERIAL NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  description TEXT,
  docker_image_url VARCHAR NOT NULL,
  input_schema JSON,
  output_schema JSON,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_plugins_name ON plugins (name);

CREATE TABLE jobs (
  id SERIAL NOT NULL,
  plugin_name VARCHAR NOT NULL,
  status jobstatus,
  input_data JSON NOT NULL,
  result JSON,
  error_message TEXT,
  owner_id INTEGER NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
  started_at TIMESTAMP WITH TIME ZONE,
  completed_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (id),
  FOREIGN KEY (owner_id) REFERENCES users (id)
);
CREATE INDEX ix_jobs_plugin_name ON jobs (plugin_name);
CREATE INDEX ix_jobs_status ON jobs (status);

INSERT INTO users (email, hashed_password, full_name, is_active, created_at) VALUES
  ('Ada@Example.org', '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW', 'Ada', true, '2025-11-01 09:00:00.123456+00'),
  ('bob@example.org', '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW', NULL, false, '2025-11-02 09:00:00+02');

INSERT INTO plugins (name, version, description, docker_image_url, input_schema, output_schema, created_at) VALUES
  ('example-classifier', '1.0.0', 'classifies', 'registry.example.org/classifier:1', '{ "type":"object",  "required":["features"]}', 'null', '2025-11-01 10:00:00+00'),
  ('example-processor', '1.2.0', NULL, 'registry.example.org/processor:1', NULL, NULL, '2025-11-01 10:00:00+00');

INSERT INTO jobs (plugin_name, status, input_data, result, error_message, owner_id, created_at, started_at, completed_at) VALUES
  ('example-classifier', 'COMPLETED', '{"features": [1.0, 2.50]}', '{ "prediction":"class_B", "confidence":8.70E-1 }', NULL, 1, '2025-11-03 10:00:00.5+00', '2025-11-03 10:00:01+00', '2025-11-03 10:00:02+00'),
  ('example-classifier', 'FAILED', '{"features": []}', NULL, 'Error: no features', 1, '2025-11-03 10:01:00+00', '2025-11-03 10:01:01+00', '2025-11-03 10:01:02+00'),
  ('example-processor', 'PROCESSING', '{"data": [1]}', NULL, NULL, 2, '2025-11-03 10:02:00+00', '2025-11-03 10:02:01+00', NULL),
  ('example-classifier', 'QUEUED', '{"features": [3]}', NULL, NULL, 1, '2025-11-03 10:03:00+00', NULL, NULL),
  ('long-gone', 'QUEUED', '{}', NULL, NULL, 1, '2025-11-03 10:04:00+00', NULL, NULL),
  ('long-gone', 'COMPLETED', '{}', 'null', NULL, 2, '2025-11-03 10:05:00+00', NULL, NULL);
