-- The counter and the phone; tables/call_backs.py and tables/accounts.py say what things mean. Old code goes on beside it.

-- Trusted since PostgreSQL 13: the owner of the database may make it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX ix_accounts_number_trigrams ON accounts USING gin (number gin_trgm_ops);

CREATE INDEX ix_accounts_holder_trigrams ON accounts USING gin (holder gin_trgm_ops);

CREATE INDEX ix_premises_building_trigrams ON premises USING gin (building_key gin_trgm_ops);

ALTER TABLE one_time_codes ADD COLUMN made_by TEXT DEFAULT '' NOT NULL;

COMMENT ON COLUMN one_time_codes.made_by IS 'the operator who made it for somebody; empty for residents';

CREATE TABLE call_backs (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    chat_id BIGINT NOT NULL,
    resident_id BIGINT,
    organisation TEXT NOT NULL,
    phone TEXT NOT NULL,
    vouched BOOLEAN NOT NULL,
    word TEXT NOT NULL,
    wanted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    status TEXT DEFAULT 'open' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    rev INTEGER DEFAULT '0' NOT NULL,
    taken_by TEXT DEFAULT '' NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT DEFAULT '' NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_call_backs PRIMARY KEY (id),
    CONSTRAINT uq_call_backs_key UNIQUE (key),
    CONSTRAINT fk_call_backs_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE,
    CONSTRAINT fk_call_backs_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL
);

CREATE INDEX ix_call_backs_chat_id ON call_backs (chat_id);

CREATE INDEX ix_call_backs_resident_id ON call_backs (resident_id);

CREATE INDEX ix_call_backs_open ON call_backs (organisation, wanted_at) WHERE status = 'open';

CREATE UNIQUE INDEX uq_call_backs_open ON call_backs (resident_id, organisation) WHERE status = 'open';

COMMENT ON COLUMN call_backs.key IS 'idempotency key';

COMMENT ON COLUMN call_backs.phone IS 'ten digits; empty when it is erased';

COMMENT ON COLUMN call_backs.vouched IS 'the messenger says it is the resident''s own';

COMMENT ON COLUMN call_backs.word IS 'what the operator says first';

COMMENT ON COLUMN call_backs.wanted_at IS 'the hour that was chosen, by the city''s clock';

COMMENT ON COLUMN call_backs.attempts IS 'times nobody answered';

COMMENT ON COLUMN call_backs.rev IS 'rises with every change';

COMMENT ON COLUMN call_backs.taken_by IS 'the operator who is calling';
