-- The schema `hookyard` after the last migration. Not run by anything: it is here to be read and compared.
-- Made by `npm run schema:dump`; a test compares it with what the migrations make. Left out: the ledger of migrations,
-- the partitions that the router makes day by day, and BullMQ's own schema.

CREATE TABLE hookyard.activity (
  bucket timestamp with time zone NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  received bigint NOT NULL,
  duplicates bigint NOT NULL,
  conflicts bigint NOT NULL,
  refused bigint NOT NULL,
  bytes bigint NOT NULL,
  attempts bigint NOT NULL,
  retries bigint NOT NULL,
  delivered bigint NOT NULL,
  failed bigint NOT NULL,
  dead bigint NOT NULL,
  latencies bigint[] NOT NULL,
  last_at timestamp with time zone,
  CONSTRAINT activity_kind_check CHECK ((kind = ANY (ARRAY['source'::text, 'destination'::text]))),
  CONSTRAINT activity_pkey PRIMARY KEY (bucket, kind, name)
) WITH (fillfactor=50);

CREATE TABLE hookyard.alert (
  key text NOT NULL,
  rule text NOT NULL,
  subject text NOT NULL,
  severity text NOT NULL,
  status text NOT NULL,
  summary text NOT NULL,
  action text NOT NULL,
  section text NOT NULL,
  since timestamp with time zone NOT NULL,
  count bigint NOT NULL,
  firings integer NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  told text NOT NULL,
  held boolean NOT NULL,
  CONSTRAINT alert_pkey PRIMARY KEY (key),
  CONSTRAINT alert_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text]))),
  CONSTRAINT alert_status_check CHECK ((status = ANY (ARRAY['active'::text, 'resolved'::text]))),
  CONSTRAINT alert_told_check CHECK ((told = ANY (ARRAY['nothing'::text, 'fired'::text, 'resolved'::text])))
);
CREATE INDEX alert_resolved_at_idx ON hookyard.alert USING btree (resolved_at);

CREATE TABLE hookyard.alert_watch (
  singleton boolean NOT NULL DEFAULT true,
  looked_at timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  CONSTRAINT alert_watch_pkey PRIMARY KEY (singleton),
  CONSTRAINT alert_watch_singleton_check CHECK (singleton)
);

CREATE TABLE hookyard.api_key (
  id uuid NOT NULL,
  label text NOT NULL,
  role text NOT NULL,
  prefix text NOT NULL,
  key_sha256 bytea NOT NULL,
  created_by text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  not_after timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  CONSTRAINT api_key_key_sha256_key UNIQUE (key_sha256),
  CONSTRAINT api_key_pkey PRIMARY KEY (id),
  CONSTRAINT api_key_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);

CREATE TABLE hookyard.applied_file (
  part text NOT NULL,
  fingerprint text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  superseded_at timestamp with time zone,
  CONSTRAINT applied_file_part_check CHECK ((part = ANY (ARRAY['sources'::text, 'destinations'::text]))),
  CONSTRAINT applied_file_pkey PRIMARY KEY (part, fingerprint)
);

CREATE TABLE hookyard.attempt (
  day date NOT NULL,
  delivery_id uuid NOT NULL,
  number integer NOT NULL,
  started_at timestamp with time zone NOT NULL,
  duration_ms integer NOT NULL,
  outcome text NOT NULL,
  status_code integer,
  error_class text,
  response_excerpt text,
  is_probe boolean NOT NULL DEFAULT false,
  runner text NOT NULL,
  CONSTRAINT attempt_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'failed'::text, 'deferred'::text, 'interrupted'::text])))
) PARTITION BY RANGE (day);
CREATE INDEX attempt_delivery_id_idx ON ONLY hookyard.attempt USING btree (delivery_id);
CREATE INDEX attempt_started_at_idx ON ONLY hookyard.attempt USING brin (started_at) WITH (pages_per_range='16', autosummarize='on');

CREATE TABLE hookyard.attempt_default PARTITION OF hookyard.attempt DEFAULT;

CREATE TABLE hookyard.audit (
  id uuid NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  api_key_id uuid,
  actor text NOT NULL,
  role text NOT NULL,
  address text NOT NULL,
  action text NOT NULL,
  path text NOT NULL,
  target text,
  before jsonb,
  after jsonb,
  status_code integer,
  error_code text,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_actor_idx ON hookyard.audit USING btree (actor, id);
CREATE INDEX audit_target_idx ON hookyard.audit USING btree (target, id) WHERE (target IS NOT NULL);

CREATE TABLE hookyard.body (
  day date NOT NULL,
  id uuid NOT NULL,
  bytes bytea NOT NULL,
  CONSTRAINT body_pkey PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);

CREATE TABLE hookyard.body_default PARTITION OF hookyard.body DEFAULT;

CREATE TABLE hookyard.body_sighting (
  source_id integer NOT NULL,
  fingerprint bytea NOT NULL,
  first_event_id uuid NOT NULL,
  external_ids text[] COLLATE "C" NOT NULL,
  seen integer NOT NULL,
  window_ends_at timestamp with time zone NOT NULL,
  CONSTRAINT body_sighting_pkey PRIMARY KEY (source_id, fingerprint)
);
CREATE INDEX body_sighting_window_ends_at_idx ON hookyard.body_sighting USING btree (window_ends_at);

CREATE TABLE hookyard.configuration (
  singleton boolean NOT NULL DEFAULT true,
  revision bigint NOT NULL DEFAULT 0,
  installation_id uuid NOT NULL DEFAULT gen_random_uuid(),
  file text,
  file_revision bigint,
  older_file text,
  older_seen_at timestamp with time zone,
  CONSTRAINT configuration_pkey PRIMARY KEY (singleton),
  CONSTRAINT configuration_singleton_check CHECK (singleton)
);

CREATE TABLE hookyard.delivery (
  id uuid NOT NULL,
  event_id uuid NOT NULL,
  destination_id integer NOT NULL,
  route_id integer,
  replay_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  status text NOT NULL DEFAULT 'pending'::text,
  held_reason text,
  attempts integer NOT NULL DEFAULT 0,
  round_attempts integer NOT NULL DEFAULT 0,
  interruptions integer NOT NULL DEFAULT 0,
  round_started_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  next_attempt_at timestamp with time zone DEFAULT statement_timestamp(),
  batch_id uuid,
  last_status_code integer,
  last_error_class text,
  dead_reason text,
  created_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  settled_at timestamp with time zone,
  lane uuid,
  lane_seq bigint,
  lane_ordered boolean,
  lane_latest boolean,
  subject_at timestamp with time zone,
  released_at timestamp with time zone,
  CONSTRAINT delivery_event_destination_replay_key UNIQUE (event_id, destination_id, replay_id),
  CONSTRAINT delivery_lane_whole_check CHECK ((num_nulls(lane, lane_seq, lane_ordered, lane_latest, subject_at) = ANY (ARRAY[0, 5]))),
  CONSTRAINT delivery_pkey PRIMARY KEY (id),
  CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'claimed'::text, 'held'::text, 'delivered'::text, 'dead'::text, 'cancelled'::text, 'superseded'::text])))
) WITH (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.01, fillfactor=85);
CREATE INDEX delivery_cancelled_idx ON hookyard.delivery USING btree (id) WHERE (status = 'cancelled'::text);
CREATE INDEX delivery_claimed_idx ON hookyard.delivery USING btree (batch_id) WHERE (status = 'claimed'::text);
CREATE INDEX delivery_dead_destination_idx ON hookyard.delivery USING btree (destination_id, id) WHERE (status = 'dead'::text);
CREATE INDEX delivery_dead_idx ON hookyard.delivery USING btree (id) WHERE (status = 'dead'::text);
CREATE INDEX delivery_dead_settled_at_idx ON hookyard.delivery USING btree (settled_at) WHERE (status = 'dead'::text);
CREATE INDEX delivery_destination_dead_idx ON hookyard.delivery USING btree (destination_id) WHERE (status = 'dead'::text);
CREATE INDEX delivery_destination_held_idx ON hookyard.delivery USING btree (destination_id) WHERE (status = 'held'::text);
CREATE INDEX delivery_held_idx ON hookyard.delivery USING btree (id) WHERE (status = 'held'::text);
CREATE INDEX delivery_lane_claimed_idx ON hookyard.delivery USING btree (destination_id, lane) WHERE ((lane IS NOT NULL) AND (status = 'claimed'::text));
CREATE INDEX delivery_lane_idx ON hookyard.delivery USING btree (destination_id, lane, lane_seq) WHERE ((lane IS NOT NULL) AND (status = ANY (ARRAY['pending'::text, 'claimed'::text, 'held'::text])));
CREATE INDEX delivery_lane_newest_idx ON hookyard.delivery USING btree (destination_id, lane, subject_at, lane_seq) WHERE (lane_latest AND (status = 'delivered'::text));
CREATE INDEX delivery_lane_waiting_idx ON hookyard.delivery USING btree (id) WHERE ((status = 'pending'::text) AND (next_attempt_at IS NULL));
CREATE INDEX delivery_pending_idx ON hookyard.delivery USING btree (destination_id, next_attempt_at, id) WHERE (status = 'pending'::text);

CREATE TABLE hookyard.delivery_batch (
  id uuid NOT NULL,
  destination_id integer NOT NULL,
  runner text,
  is_probe boolean NOT NULL DEFAULT false,
  slots integer NOT NULL,
  remaining integer NOT NULL,
  lease_ms integer NOT NULL,
  lease_until timestamp with time zone NOT NULL,
  claimed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT delivery_batch_pkey PRIMARY KEY (id)
) WITH (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=500, fillfactor=50);

CREATE TABLE hookyard.delivery_search (
  id uuid NOT NULL,
  destination_id integer NOT NULL,
  CONSTRAINT delivery_search_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX delivery_search_destination_id_idx ON ONLY hookyard.delivery_search USING btree (destination_id, id);

CREATE TABLE hookyard.destination (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  kind text NOT NULL,
  settings jsonb NOT NULL,
  secrets_sealed bytea NOT NULL,
  undeclared_at timestamp with time zone,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  declared_by text NOT NULL DEFAULT 'file'::text,
  written_sealed bytea,
  CONSTRAINT destination_declared_by_check CHECK ((declared_by = ANY (ARRAY['file'::text, 'environment'::text, 'code'::text, 'api'::text]))),
  CONSTRAINT destination_kind_check CHECK ((kind = ANY (ARRAY['http'::text, 'handler'::text]))),
  CONSTRAINT destination_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX destination_name_key ON hookyard.destination USING btree (name) WHERE (deleted_at IS NULL);

CREATE TABLE hookyard.destination_gate (
  destination_id integer NOT NULL,
  paused_at timestamp with time zone,
  pause_reason text,
  not_before timestamp with time zone,
  rate_tokens double precision,
  rate_refilled_at timestamp with time zone,
  breaker_state text NOT NULL DEFAULT 'closed'::text,
  failures integer NOT NULL DEFAULT 0,
  failing_deliveries uuid[] NOT NULL DEFAULT '{}'::uuid[],
  failing_since timestamp with time zone,
  opened_until timestamp with time zone,
  cooldown_level integer NOT NULL DEFAULT 0,
  last_probed_delivery_id uuid,
  ramp_slots integer,
  handler_seen_at timestamp with time zone,
  breaker_since timestamp with time zone NOT NULL DEFAULT now(),
  breaker_forced text,
  breaker_forced_until timestamp with time zone,
  quota_limit bigint,
  quota_remaining bigint,
  quota_until timestamp with time zone,
  quota_seen_at timestamp with time zone,
  CONSTRAINT destination_gate_breaker_forced_check CHECK ((breaker_forced = ANY (ARRAY['open'::text, 'closed'::text]))),
  CONSTRAINT destination_gate_breaker_state_check CHECK ((breaker_state = ANY (ARRAY['closed'::text, 'open'::text]))),
  CONSTRAINT destination_gate_pkey PRIMARY KEY (destination_id)
) WITH (fillfactor=50);

CREATE TABLE hookyard.digest (
  day date NOT NULL,
  made_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT digest_pkey PRIMARY KEY (day)
);

CREATE TABLE hookyard.erasure (
  id uuid NOT NULL,
  field text NOT NULL,
  names text[],
  source_ids integer[],
  status text NOT NULL DEFAULT 'running'::text,
  position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  rejection_position uuid,
  total integer,
  total_is_exact boolean NOT NULL,
  processed integer NOT NULL DEFAULT 0,
  erased integer NOT NULL DEFAULT 0,
  cancelled integer NOT NULL DEFAULT 0,
  rejections integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamp with time zone,
  CONSTRAINT erasure_field_check CHECK ((field = ANY (ARRAY['tenant'::text, 'subject'::text]))),
  CONSTRAINT erasure_pkey PRIMARY KEY (id),
  CONSTRAINT erasure_status_check CHECK ((status = ANY (ARRAY['running'::text, 'finished'::text])))
);
CREATE INDEX erasure_running_idx ON hookyard.erasure USING btree (id) WHERE (status = 'running'::text);
CREATE INDEX erasure_status_idx ON hookyard.erasure USING btree (status, id);

CREATE TABLE hookyard.event (
  id uuid NOT NULL,
  source_id integer NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  type text NOT NULL,
  subject text,
  tenant text,
  occurred_at timestamp with time zone,
  received_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  api_version text,
  livemode boolean,
  headers jsonb NOT NULL,
  signature_headers jsonb NOT NULL,
  content_type text,
  body_sha256 bytea NOT NULL,
  body_format text NOT NULL,
  body_day date NOT NULL,
  body_id uuid NOT NULL,
  body_offset integer NOT NULL DEFAULT 0,
  body_length integer NOT NULL,
  list_start integer,
  list_end integer,
  suspected_replay_of uuid,
  refusal text,
  routed_revision bigint,
  erased_at timestamp with time zone,
  erase_again_at timestamp with time zone,
  CONSTRAINT event_body_format_check CHECK ((body_format = ANY (ARRAY['json'::text, 'form'::text, 'binary'::text]))),
  CONSTRAINT event_pkey PRIMARY KEY (id),
  CONSTRAINT event_source_external_id_key UNIQUE (source_id, external_id)
);
CREATE INDEX event_erase_again_idx ON hookyard.event USING btree (erase_again_at) WHERE (erase_again_at IS NOT NULL);
CREATE INDEX event_refusal_idx ON hookyard.event USING btree (id) WHERE (refusal IS NOT NULL);
CREATE INDEX event_suspected_replay_idx ON hookyard.event USING btree (id) WHERE (suspected_replay_of IS NOT NULL);

CREATE TABLE hookyard.event_conflict (
  event_id uuid NOT NULL,
  body_sha256 bytea NOT NULL,
  first_seen_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT event_conflict_pkey PRIMARY KEY (event_id, body_sha256)
);

CREATE TABLE hookyard.event_reading (
  event_id uuid NOT NULL,
  replay_id uuid NOT NULL,
  external_id text NOT NULL,
  type text NOT NULL,
  subject text,
  tenant text,
  occurred_at timestamp with time zone,
  api_version text,
  livemode boolean,
  body_format text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT event_reading_pkey PRIMARY KEY (event_id, replay_id)
);

CREATE TABLE hookyard.event_search (
  id uuid NOT NULL,
  source_id integer NOT NULL,
  type text NOT NULL,
  subject text,
  tenant text,
  document jsonb,
  CONSTRAINT event_search_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX event_search_document_idx ON ONLY hookyard.event_search USING gin (document jsonb_path_ops);
CREATE INDEX event_search_source_id_idx ON ONLY hookyard.event_search USING btree (source_id, id);
CREATE INDEX event_search_subject_idx ON ONLY hookyard.event_search USING btree (subject, id) WHERE (subject IS NOT NULL);
CREATE INDEX event_search_tenant_idx ON ONLY hookyard.event_search USING btree (tenant, id) WHERE (tenant IS NOT NULL);
CREATE INDEX event_search_type_idx ON ONLY hookyard.event_search USING btree (type text_pattern_ops, id);

CREATE TABLE hookyard.event_type (
  type text NOT NULL,
  last_day date NOT NULL,
  CONSTRAINT event_type_pkey PRIMARY KEY (type)
);

CREATE TABLE hookyard.idempotency (
  api_key_id uuid NOT NULL,
  key text NOT NULL,
  run_id uuid NOT NULL,
  request_sha256 bytea NOT NULL,
  running_until timestamp with time zone,
  status_code integer,
  answer_sealed bytea,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT idempotency_pkey PRIMARY KEY (api_key_id, key)
);
CREATE INDEX idempotency_expires_at_idx ON hookyard.idempotency USING btree (expires_at);

CREATE TABLE hookyard.issue (
  id uuid NOT NULL,
  destination_id integer NOT NULL,
  error_class text NOT NULL,
  status_code integer,
  state text NOT NULL DEFAULT 'open'::text,
  state_changed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  reopened_at timestamp with time zone,
  first_seen_at timestamp with time zone NOT NULL,
  last_seen_at timestamp with time zone NOT NULL,
  failures bigint NOT NULL,
  dead bigint NOT NULL,
  last_delivery_id uuid NOT NULL,
  CONSTRAINT issue_pkey PRIMARY KEY (id),
  CONSTRAINT issue_state_check CHECK ((state = ANY (ARRAY['open'::text, 'acknowledged'::text, 'resolved'::text, 'ignored'::text])))
) WITH (fillfactor=70);
CREATE UNIQUE INDEX issue_key ON hookyard.issue USING btree (destination_id, error_class, COALESCE(status_code, 0));

CREATE TABLE hookyard.monitor (
  singleton boolean NOT NULL DEFAULT true,
  due_at timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  last_passed_at timestamp with time zone,
  CONSTRAINT monitor_pkey PRIMARY KEY (singleton),
  CONSTRAINT monitor_singleton_check CHECK (singleton)
);

CREATE TABLE hookyard.monitor_run (
  id uuid NOT NULL,
  sent_at timestamp with time zone NOT NULL,
  host text NOT NULL,
  status_code integer,
  error_class text,
  accepted_ms double precision,
  event_id uuid,
  handled_at timestamp with time zone,
  handled_ms double precision,
  outcome text,
  reason text,
  CONSTRAINT monitor_run_outcome_check CHECK ((outcome = ANY (ARRAY['passed'::text, 'failed'::text]))),
  CONSTRAINT monitor_run_pkey PRIMARY KEY (id)
) WITH (fillfactor=70);
CREATE INDEX monitor_run_event_idx ON hookyard.monitor_run USING btree (sent_at) WHERE (event_id IS NOT NULL);
CREATE INDEX monitor_run_open_idx ON hookyard.monitor_run USING btree (sent_at) WHERE (outcome IS NULL);
CREATE INDEX monitor_run_sent_at_idx ON hookyard.monitor_run USING btree (sent_at);

CREATE TABLE hookyard.notice (
  id uuid NOT NULL,
  channel text NOT NULL,
  content jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  next_attempt_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  ended_at timestamp with time zone,
  last_error text,
  CONSTRAINT notice_pkey PRIMARY KEY (id)
);
CREATE INDEX notice_ended_at_idx ON hookyard.notice USING btree (ended_at);
CREATE INDEX notice_waiting_idx ON hookyard.notice USING btree (channel, id) WHERE (ended_at IS NULL);

CREATE TABLE hookyard.notice_channel (
  name text NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  not_before timestamp with time zone,
  CONSTRAINT notice_channel_pkey PRIMARY KEY (name)
);

CREATE TABLE hookyard.rejection (
  id uuid NOT NULL,
  source_id integer NOT NULL,
  received_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  reason text NOT NULL,
  detail text NOT NULL,
  near_miss boolean NOT NULL,
  off_by_seconds bigint,
  matched_source text,
  matched_secret text,
  matched_label text,
  body_length integer NOT NULL,
  body_cut boolean NOT NULL,
  request_sealed bytea NOT NULL,
  event_id uuid,
  reverified_at timestamp with time zone,
  CONSTRAINT rejection_pkey PRIMARY KEY (id)
);
CREATE INDEX rejection_expires_at_idx ON hookyard.rejection USING btree (expires_at);
CREATE INDEX rejection_reason_idx ON hookyard.rejection USING btree (reason, id);
CREATE INDEX rejection_source_id_idx ON hookyard.rejection USING btree (source_id, id);

CREATE TABLE hookyard.replay (
  id uuid NOT NULL,
  mode text NOT NULL,
  status text NOT NULL DEFAULT 'running'::text,
  filter jsonb NOT NULL,
  destination_ids integer[],
  only_changed boolean NOT NULL DEFAULT false,
  pace double precision NOT NULL,
  position uuid NOT NULL,
  last_id uuid NOT NULL,
  total integer,
  total_is_exact boolean NOT NULL,
  processed integer NOT NULL DEFAULT 0,
  deliveries integer NOT NULL DEFAULT 0,
  skipped jsonb NOT NULL DEFAULT '{}'::jsonb,
  tokens double precision NOT NULL DEFAULT 0,
  paced_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  created_at timestamp with time zone NOT NULL DEFAULT statement_timestamp(),
  ended_at timestamp with time zone,
  latest_only boolean NOT NULL DEFAULT false,
  CONSTRAINT replay_mode_check CHECK ((mode = ANY (ARRAY['retry'::text, 'replay'::text, 'renormalise'::text]))),
  CONSTRAINT replay_pace_check CHECK ((pace > (0)::double precision)),
  CONSTRAINT replay_pkey PRIMARY KEY (id),
  CONSTRAINT replay_status_check CHECK ((status = ANY (ARRAY['running'::text, 'paused'::text, 'finished'::text, 'cancelled'::text])))
) WITH (fillfactor=50);
CREATE INDEX replay_running_idx ON hookyard.replay USING btree (id) WHERE (status = 'running'::text);
CREATE INDEX replay_status_idx ON hookyard.replay USING btree (status, id);

CREATE TABLE hookyard.route (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  position integer NOT NULL,
  source_slug text,
  source_type text,
  types text[] NOT NULL,
  destination_id integer NOT NULL,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  ordered_by text,
  latest_only boolean NOT NULL DEFAULT false,
  filter jsonb,
  created_revision bigint NOT NULL DEFAULT 0,
  deleted_revision bigint,
  declared_by text NOT NULL DEFAULT 'file'::text,
  CONSTRAINT route_declared_by_check CHECK ((declared_by = ANY (ARRAY['file'::text, 'environment'::text, 'code'::text, 'api'::text]))),
  CONSTRAINT route_ordered_by_check CHECK ((ordered_by = 'subject'::text)),
  CONSTRAINT route_pkey PRIMARY KEY (id),
  CONSTRAINT route_takes_one_kind_check CHECK ((num_nonnulls(source_slug, source_type) = 1))
);

CREATE TABLE hookyard.search_progress (
  feed text NOT NULL,
  tail_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  swept_until timestamp with time zone NOT NULL DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone,
  CONSTRAINT search_progress_pkey PRIMARY KEY (feed)
);

CREATE TABLE hookyard.source (
  id integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  slug text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  secrets_sealed bytea NOT NULL,
  paused_at timestamp with time zone,
  undeclared_at timestamp with time zone,
  deleted_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  previous_secrets_sealed bytea,
  declared_by text NOT NULL DEFAULT 'file'::text,
  written_sealed bytea,
  CONSTRAINT source_declared_by_check CHECK ((declared_by = ANY (ARRAY['file'::text, 'environment'::text, 'code'::text, 'api'::text]))),
  CONSTRAINT source_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX source_slug_key ON hookyard.source USING btree (slug) WHERE (deleted_at IS NULL);

CREATE TABLE hookyard.source_secret (
  source_id integer NOT NULL,
  fingerprint text NOT NULL,
  last_matched_at timestamp with time zone NOT NULL,
  CONSTRAINT source_secret_pkey PRIMARY KEY (source_id, fingerprint)
);

-- sequence lane_seq
