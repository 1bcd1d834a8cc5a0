-- Links by proof; tables/accounts.py says what things mean. Old code beside it goes on: it sees links in force alone.

ALTER TABLE accounts ADD COLUMN code_weak BOOLEAN DEFAULT 'true' NOT NULL;
COMMENT ON COLUMN accounts.code_weak IS 'the code has, or may have, under 40 bits';

ALTER TABLE links ADD COLUMN account_id BIGINT;
ALTER TABLE links ADD CONSTRAINT fk_links_account_id FOREIGN KEY(account_id) REFERENCES accounts (id);
CREATE INDEX ix_links_account_id ON links (account_id);
COMMENT ON COLUMN links.account_id IS 'the account it was proved by';

CREATE TABLE link_claims (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    resident_id BIGINT,
    premises_id BIGINT NOT NULL,
    account_id BIGINT,
    name TEXT NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    why TEXT NOT NULL,
    contested_by BIGINT,
    raised_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    CONSTRAINT pk_link_claims PRIMARY KEY (id),
    CONSTRAINT ck_link_claims_settled CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_link_claims_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL,
    CONSTRAINT fk_link_claims_premises_id FOREIGN KEY(premises_id) REFERENCES premises (id),
    CONSTRAINT fk_link_claims_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_link_claims_contested_by FOREIGN KEY(contested_by) REFERENCES residents (id) ON DELETE SET NULL
);
CREATE INDEX ix_link_claims_premises_id ON link_claims (premises_id);
CREATE UNIQUE INDEX uq_link_claims_open ON link_claims (resident_id, premises_id) WHERE settled_at IS NULL;
COMMENT ON COLUMN link_claims.why IS 'contested, disputed, over_limit, closed or new_holder';
COMMENT ON COLUMN link_claims.outcome IS 'kept or removed';

CREATE TABLE helpers (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    link_id BIGINT NOT NULL,
    called TEXT NOT NULL,
    invited_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    resident_id BIGINT,
    name TEXT DEFAULT '' NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_helpers PRIMARY KEY (id),
    CONSTRAINT ck_helpers_since CHECK (resident_id IS NULL OR since IS NOT NULL),
    CONSTRAINT uq_helpers_link_id_resident_id UNIQUE (link_id, resident_id),
    CONSTRAINT fk_helpers_link_id FOREIGN KEY(link_id) REFERENCES links (id) ON DELETE CASCADE,
    CONSTRAINT fk_helpers_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE
);
CREATE INDEX ix_helpers_link_id ON helpers (link_id);
CREATE INDEX ix_helpers_resident_id ON helpers (resident_id);
COMMENT ON COLUMN helpers.called IS 'the owner''s name for the helper';
COMMENT ON COLUMN helpers.name IS 'the helper''s name for the flat';

ALTER TABLE link_failures ALTER COLUMN failed_at SET DEFAULT clock_timestamp();
CREATE INDEX ix_link_failures_failed_at ON link_failures (failed_at);

CREATE TABLE link_proofs (
    chat_id BIGINT NOT NULL,
    premises_id BIGINT NOT NULL,
    account_id BIGINT,
    proved_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_link_proofs PRIMARY KEY (chat_id, premises_id),
    CONSTRAINT fk_link_proofs_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE,
    CONSTRAINT fk_link_proofs_premises_id FOREIGN KEY(premises_id) REFERENCES premises (id),
    CONSTRAINT fk_link_proofs_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE link_alarms (
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_link_alarms PRIMARY KEY (key)
);
CREATE INDEX ix_link_alarms_raised_at ON link_alarms (raised_at);
COMMENT ON COLUMN link_alarms.key IS 'kind, what it is about, day: raised once';

CREATE TABLE one_time_codes (
    digest BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_by BIGINT,
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_one_time_codes PRIMARY KEY (digest),
    CONSTRAINT fk_one_time_codes_issued_by FOREIGN KEY(issued_by) REFERENCES residents (id) ON DELETE CASCADE
);
CREATE INDEX ix_one_time_codes_issued_by ON one_time_codes (issued_by);
CREATE INDEX ix_one_time_codes_expires_at ON one_time_codes (expires_at);
CREATE INDEX ix_one_time_codes_purpose_subject ON one_time_codes (purpose, subject);
COMMENT ON COLUMN one_time_codes.digest IS 'HMAC-SHA-256 of purpose and code under SECRET_KEY';
