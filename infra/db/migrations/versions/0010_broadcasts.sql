-- Broadcasts; tables/broadcasts.py says what things mean. Old code beside it goes on.

CREATE TABLE mailings (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    halt TEXT,
    open BOOLEAN DEFAULT 'false' NOT NULL,
    random_id INTEGER NOT NULL,
    not_after TIMESTAMP WITH TIME ZONE,
    starts_at TIMESTAMP WITH TIME ZONE,
    begins_at TIMESTAMP WITH TIME ZONE,
    alive_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mailings PRIMARY KEY (id),
    CONSTRAINT uq_mailings_key UNIQUE (key),
    CONSTRAINT ck_mailings_random_id CHECK (random_id <> 0)
);

CREATE INDEX ix_mailings_status ON mailings (status) WHERE status IN ('scheduled', 'sending');

COMMENT ON COLUMN mailings.key IS 'idempotency key, or the event that is told';

COMMENT ON COLUMN mailings.topic IS 'what a resident opts out of';

COMMENT ON COLUMN mailings.halt IS 'why it is paused';

COMMENT ON COLUMN mailings.open IS 'recipients may still be added: it does not end by itself';

COMMENT ON COLUMN mailings.random_id IS 'guard against doubles within a dialog: int32, never 0';

COMMENT ON COLUMN mailings.not_after IS 'by the city''s clock';

COMMENT ON COLUMN mailings.starts_at IS 'by the city''s clock, for what is scheduled';

COMMENT ON COLUMN mailings.begins_at IS 'by the database''s clock: until then a start can be taken back';

COMMENT ON COLUMN mailings.alive_at IS 'when a sender last had it in hand';

CREATE TABLE broadcasts (
    mailing_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    approver TEXT,
    started_by TEXT,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    texts JSONB NOT NULL,
    buttons JSONB NOT NULL,
    audience JSONB NOT NULL,
    file_name TEXT,
    file_picture BOOLEAN,
    file BYTEA,
    recipients INTEGER,
    CONSTRAINT pk_broadcasts PRIMARY KEY (mailing_id),
    CONSTRAINT fk_broadcasts_mailing_id FOREIGN KEY(mailing_id) REFERENCES mailings (id),
    CONSTRAINT ck_broadcasts_file CHECK ((file IS NULL) = (file_name IS NULL) AND (file IS NULL) = (file_picture IS NULL))
);

COMMENT ON COLUMN broadcasts.approver IS 'who has agreed to what it says now';

COMMENT ON COLUMN broadcasts.written_at IS 'by the city''s clock';

COMMENT ON COLUMN broadcasts.texts IS 'by language';

COMMENT ON COLUMN broadcasts.recipients IS 'how many were frozen at the start';

CREATE TABLE broadcast_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    mailing_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    what TEXT NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_broadcast_events PRIMARY KEY (id),
    CONSTRAINT fk_broadcast_events_mailing_id FOREIGN KEY(mailing_id) REFERENCES mailings (id)
);

CREATE INDEX ix_broadcast_events_mailing_id ON broadcast_events (mailing_id);

CREATE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON broadcast_events
FOR EACH STATEMENT EXECUTE FUNCTION history_stands();

-- No foreign keys: checking three of them for each of 170,000 recipients takes longer than everything else.
CREATE TABLE deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    mailing_id BIGINT NOT NULL,
    resident_id BIGINT,
    chat_id BIGINT,
    token TEXT NOT NULL,
    subject TEXT DEFAULT '' NOT NULL,
    premises_id BIGINT,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE,
    again_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    reason TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT uq_deliveries_resident_id_mailing_id_subject UNIQUE (resident_id, mailing_id, subject)
);

CREATE INDEX ix_deliveries_mailing_id_token_state_id ON deliveries (mailing_id, token, state, id);

CREATE INDEX ix_deliveries_sending ON deliveries (token, id) WHERE state = 'sending';

COMMENT ON COLUMN deliveries.resident_id IS 'none: erased since';

COMMENT ON COLUMN deliveries.token IS 'messenger:bot';

COMMENT ON COLUMN deliveries.subject IS 'tells several notices to one resident apart';

COMMENT ON COLUMN deliveries.premises_id IS 'the flat that made the resident one of the audience';

COMMENT ON COLUMN deliveries.begun_at IS 'of the first attempt: a repeat is safe only for so long';

COMMENT ON COLUMN deliveries.again_at IS 'not before';

CREATE TABLE opt_outs (
    resident_id BIGINT NOT NULL,
    topic TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_opt_outs PRIMARY KEY (resident_id, topic),
    CONSTRAINT fk_opt_outs_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE
);

ALTER TABLE residents ADD COLUMN prefers TEXT;

COMMENT ON COLUMN residents.prefers IS 'the messenger for what is told unasked; none: the one used last';

ALTER TABLE chats ADD COLUMN blocked_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN chats.blocked_at IS 'since when the messenger says that its person will not have us';

-- Whoever writes again has us again.
CREATE OR REPLACE FUNCTION chat_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.used_at := clock_timestamp();
    NEW.blocked_at := NULL;
    RETURN NEW;
END
$$;
