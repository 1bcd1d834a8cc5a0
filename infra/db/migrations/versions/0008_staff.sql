-- The desk's staff; tables/staff.py says what things mean.

CREATE TABLE members (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    organisations TEXT[],
    active BOOLEAN DEFAULT 'true' NOT NULL,
    language TEXT DEFAULT 'ru' NOT NULL,
    password TEXT NOT NULL,
    password_made_at TIMESTAMP WITH TIME ZONE,
    seed BYTEA,
    confirmed BOOLEAN DEFAULT 'false' NOT NULL,
    step BIGINT,
    since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (id),
    CONSTRAINT uq_members_login UNIQUE (login),
    CONSTRAINT uq_members_name UNIQUE (name),
    CONSTRAINT ck_members_role CHECK (role IN ('operator', 'senior', 'admin')),
    CONSTRAINT ck_members_confirmed CHECK (seed IS NOT NULL OR NOT confirmed)
);

COMMENT ON COLUMN members.name IS 'stands in the history of tickets';

COMMENT ON COLUMN members.organisations IS 'whose tickets they see; NULL: all of them';

COMMENT ON COLUMN members.password IS 'argon2';

COMMENT ON COLUMN members.password_made_at IS 'made by somebody else; NULL: one''s own';

COMMENT ON COLUMN members.seed IS 'of the second factor: worth nothing without SECRET_KEY';

COMMENT ON COLUMN members.confirmed IS 'the second factor is in force';

COMMENT ON COLUMN members.step IS 'the last one of the second factor that was used';

CREATE TABLE desk_sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    digest BYTEA NOT NULL,
    member_id BIGINT NOT NULL,
    proved BOOLEAN NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_desk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_desk_sessions_digest UNIQUE (digest),
    CONSTRAINT fk_desk_sessions_member_id FOREIGN KEY(member_id) REFERENCES members (id)
);

CREATE INDEX ix_desk_sessions_member_id ON desk_sessions (member_id);

COMMENT ON COLUMN desk_sessions.digest IS 'SHA-256 of the token in the cookie';

COMMENT ON COLUMN desk_sessions.proved IS 'the second factor was shown';

CREATE TABLE backup_codes (
    member_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_backup_codes PRIMARY KEY (member_id, digest),
    CONSTRAINT fk_backup_codes_member_id FOREIGN KEY(member_id) REFERENCES members (id)
);

COMMENT ON COLUMN backup_codes.digest IS 'HMAC under SECRET_KEY';

CREATE TABLE sign_in_failures (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    login BYTEA NOT NULL,
    address BYTEA NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_sign_in_failures PRIMARY KEY (id)
);

CREATE INDEX ix_sign_in_failures_login_failed_at ON sign_in_failures (login, failed_at);

CREATE INDEX ix_sign_in_failures_address_failed_at ON sign_in_failures (address, failed_at);

CREATE INDEX ix_sign_in_failures_failed_at ON sign_in_failures (failed_at);

COMMENT ON COLUMN sign_in_failures.login IS 'a hash, whether or not there is such a login';

COMMENT ON COLUMN sign_in_failures.address IS 'a hash';

CREATE TABLE desk_looks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    by TEXT NOT NULL,
    member_id BIGINT,
    what TEXT NOT NULL,
    subject TEXT DEFAULT '' NOT NULL,
    facts JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_desk_looks PRIMARY KEY (id),
    CONSTRAINT fk_desk_looks_member_id FOREIGN KEY(member_id) REFERENCES members (id)
);

CREATE INDEX ix_desk_looks_by_id ON desk_looks (by, id);

CREATE INDEX ix_desk_looks_subject_id ON desk_looks (subject, id);

COMMENT ON COLUMN desk_looks.by IS 'a login, or who sat at the console';

COMMENT ON COLUMN desk_looks.subject IS 'as in ticket:17';

COMMENT ON COLUMN desk_looks.facts IS 'never words of people';

CREATE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_looks
FOR EACH STATEMENT EXECUTE FUNCTION history_stands();
