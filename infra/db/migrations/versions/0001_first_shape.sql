-- The first shape of the database; tables.py says what things mean.

CREATE TABLE premises (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    external_key TEXT,
    address_key TEXT NOT NULL,
    city TEXT DEFAULT '' NOT NULL,
    street TEXT NOT NULL,
    building TEXT NOT NULL,
    unit TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_premises PRIMARY KEY (id),
    CONSTRAINT uq_premises_external_key UNIQUE (external_key)
);
CREATE INDEX ix_premises_address_key ON premises (address_key);
COMMENT ON COLUMN premises.external_key IS 'the key billing gave the flat';
COMMENT ON COLUMN premises.address_key IS 'normalised address';

CREATE TABLE accounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    provider TEXT NOT NULL,
    number TEXT NOT NULL,
    premises_id BIGINT NOT NULL,
    unified_account TEXT,
    gis_id TEXT,
    holder TEXT,
    phone TEXT,
    area_m2 NUMERIC,
    residents INTEGER,
    code_digest BYTEA,
    closed_on DATE,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_provider_number UNIQUE (provider, number),
    CONSTRAINT fk_accounts_premises_id FOREIGN KEY(premises_id) REFERENCES premises (id)
);
CREATE INDEX ix_accounts_premises_id ON accounts (premises_id);
COMMENT ON COLUMN accounts.code_digest IS 'HMAC-SHA-256 of the access code under SECRET_KEY';

CREATE TABLE residents (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    language TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_residents PRIMARY KEY (id)
);

CREATE TABLE chats (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    messenger TEXT NOT NULL,
    bot TEXT NOT NULL,
    peer TEXT NOT NULL,
    resident_id BIGINT,
    language TEXT DEFAULT 'ru' NOT NULL,
    state JSONB,
    CONSTRAINT pk_chats PRIMARY KEY (id),
    CONSTRAINT uq_chats_messenger_bot_peer UNIQUE (messenger, bot, peer),
    CONSTRAINT fk_chats_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL
);
CREATE INDEX ix_chats_resident_id ON chats (resident_id);
COMMENT ON COLUMN chats.state IS 'the session: see dialogs.session';

CREATE TABLE consents (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    resident_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    version TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    channel TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_consents PRIMARY KEY (id),
    CONSTRAINT uq_consents_resident_id_purpose_version UNIQUE (resident_id, purpose, version),
    CONSTRAINT fk_consents_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE
);
CREATE INDEX ix_consents_resident_id ON consents (resident_id);

CREATE TABLE links (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    resident_id BIGINT NOT NULL,
    premises_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_links PRIMARY KEY (id),
    CONSTRAINT uq_links_resident_id_premises_id UNIQUE (resident_id, premises_id),
    CONSTRAINT fk_links_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE,
    CONSTRAINT fk_links_premises_id FOREIGN KEY(premises_id) REFERENCES premises (id)
);
CREATE INDEX ix_links_premises_id ON links (premises_id);

CREATE TABLE link_failures (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    chat_id BIGINT NOT NULL,
    account_hash BYTEA NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_failures PRIMARY KEY (id),
    CONSTRAINT fk_link_failures_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE
);
CREATE INDEX ix_link_failures_account_hash_failed_at ON link_failures (account_hash, failed_at);
CREATE INDEX ix_link_failures_chat_id_failed_at ON link_failures (chat_id, failed_at);
COMMENT ON COLUMN link_failures.account_hash IS 'SHA-256 of provider and number: no list of numbers';

CREATE TABLE meters (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    provider TEXT NOT NULL,
    number TEXT NOT NULL,
    service TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    digits INTEGER NOT NULL,
    decimals INTEGER DEFAULT '3' NOT NULL,
    place TEXT DEFAULT '' NOT NULL,
    installed_on DATE,
    verified_until DATE,
    last_value NUMERIC,
    last_date DATE,
    closed_on DATE,
    CONSTRAINT pk_meters PRIMARY KEY (id),
    CONSTRAINT uq_meters_provider_number_service UNIQUE (provider, number, service),
    CONSTRAINT fk_meters_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX ix_meters_account_id ON meters (account_id);

CREATE TABLE readings (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    meter_id BIGINT NOT NULL,
    period DATE NOT NULL,
    value NUMERIC NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    channel TEXT NOT NULL,
    kind TEXT DEFAULT 'current' NOT NULL,
    status TEXT NOT NULL,
    current BOOLEAN NOT NULL,
    flags TEXT[] DEFAULT '{}' NOT NULL,
    reason TEXT,
    resident_id BIGINT,
    CONSTRAINT pk_readings PRIMARY KEY (id),
    CONSTRAINT ck_readings_value CHECK (value >= 0),
    CONSTRAINT uq_readings_key UNIQUE (key),
    CONSTRAINT fk_readings_meter_id FOREIGN KEY(meter_id) REFERENCES meters (id),
    CONSTRAINT fk_readings_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL
);
CREATE INDEX ix_readings_meter_id_period_seq ON readings (meter_id, period, seq);
CREATE INDEX ix_readings_resident_id ON readings (resident_id);
CREATE UNIQUE INDEX uq_readings_current ON readings (meter_id, period) WHERE current;
COMMENT ON COLUMN readings.seq IS 'order of arrival';
COMMENT ON COLUMN readings.key IS 'idempotency key';

CREATE TABLE verdicts (
    reading_id UUID NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    taken_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_verdicts PRIMARY KEY (reading_id, provider),
    CONSTRAINT fk_verdicts_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id)
);
COMMENT ON COLUMN verdicts.provider IS 'each receiver of a reading answers for itself';
COMMENT ON COLUMN verdicts.status IS 'accepted or declined';

CREATE TABLE charges (
    account_id BIGINT NOT NULL,
    period DATE NOT NULL,
    service TEXT NOT NULL,
    unit TEXT NOT NULL,
    volume NUMERIC NOT NULL,
    method TEXT NOT NULL,
    tariff NUMERIC NOT NULL,
    charged BIGINT NOT NULL,
    recalculated BIGINT DEFAULT '0' NOT NULL,
    benefit BIGINT DEFAULT '0' NOT NULL,
    penalty BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_charges PRIMARY KEY (account_id, period, service),
    CONSTRAINT fk_charges_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE statements (
    account_id BIGINT NOT NULL,
    period DATE NOT NULL,
    opening BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    to_pay BIGINT NOT NULL,
    CONSTRAINT pk_statements PRIMARY KEY (account_id, period),
    CONSTRAINT fk_statements_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE payments (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    provider TEXT NOT NULL,
    operation TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    paid_on DATE NOT NULL,
    amount BIGINT NOT NULL,
    channel TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT uq_payments_provider_operation UNIQUE (provider, operation),
    CONSTRAINT fk_payments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
CREATE INDEX ix_payments_account_id_paid_on ON payments (account_id, paid_on);

CREATE TABLE tickets (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    chat_id BIGINT NOT NULL,
    resident_id BIGINT,
    topic TEXT NOT NULL,
    organisation TEXT NOT NULL,
    status TEXT DEFAULT 'open' NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tickets PRIMARY KEY (id),
    CONSTRAINT uq_tickets_key UNIQUE (key),
    CONSTRAINT fk_tickets_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
    CONSTRAINT fk_tickets_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL
);
CREATE INDEX ix_tickets_chat_id ON tickets (chat_id);
CREATE INDEX ix_tickets_resident_id ON tickets (resident_id);

CREATE TABLE ticket_messages (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    ticket_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    from_resident BOOLEAN NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT pk_ticket_messages PRIMARY KEY (id),
    CONSTRAINT fk_ticket_messages_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);
CREATE INDEX ix_ticket_messages_ticket_id ON ticket_messages (ticket_id);

CREATE TABLE inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    messenger TEXT NOT NULL,
    bot TEXT NOT NULL,
    peer TEXT NOT NULL,
    key TEXT NOT NULL,
    raw TEXT NOT NULL,
    internal BOOLEAN DEFAULT 'false' NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    CONSTRAINT pk_inbox PRIMARY KEY (id),
    CONSTRAINT uq_inbox_messenger_bot_key UNIQUE (messenger, bot, key)
);
CREATE INDEX ix_inbox_pending ON inbox (messenger, bot, peer, id) WHERE done_at IS NULL;
COMMENT ON COLUMN inbox.key IS 'the messenger''s name of the event, or ours for internal ones';
COMMENT ON COLUMN inbox.error IS 'class of the last failure; set with done_at for a dead letter';

CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    messenger TEXT NOT NULL,
    bot TEXT NOT NULL,
    peer TEXT NOT NULL,
    method TEXT NOT NULL,
    params JSONB NOT NULL,
    file JSONB,
    file_name TEXT DEFAULT '' NOT NULL,
    random_id INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    leased_until TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT ck_outbox_random_id CHECK (random_id <> 0)
);
CREATE INDEX ix_outbox_unsent ON outbox (messenger, bot, peer, id) WHERE sent_at IS NULL AND outcome IS NULL;
COMMENT ON COLUMN outbox.file IS 'what delivery makes and uploads: see dialogs.screen.File';
COMMENT ON COLUMN outbox.random_id IS 'VK''s guard against doubles: int32, never 0';
COMMENT ON COLUMN outbox.outcome IS 'why it was given up';

CREATE TABLE uploads (
    messenger TEXT NOT NULL,
    bot TEXT NOT NULL,
    key TEXT NOT NULL,
    remote TEXT NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_uploads PRIMARY KEY (messenger, bot, key)
);

CREATE TABLE rendered_files (
    key TEXT NOT NULL,
    content BYTEA NOT NULL,
    rendered_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_rendered_files PRIMARY KEY (key)
);

CREATE TABLE bookmarks (
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    CONSTRAINT pk_bookmarks PRIMARY KEY (name)
);
COMMENT ON COLUMN bookmarks.place IS 'where a reader of a stream goes on';

CREATE TABLE imports (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_imports PRIMARY KEY (id)
);
