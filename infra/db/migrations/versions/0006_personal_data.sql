-- Personal data and the real bot; tables/personal.py says what things mean. Old code beside it goes on.
CREATE TABLE bot_words (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    chat_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_bot_words PRIMARY KEY (id),
    CONSTRAINT fk_bot_words_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE
);
CREATE INDEX ix_bot_words_chat_id ON bot_words (chat_id);
CREATE INDEX ix_bot_words_digest ON bot_words (digest);
COMMENT ON COLUMN bot_words.digest IS 'HMAC-SHA-256 of the word under SECRET_KEY';

CREATE TABLE chat_requests (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    chat_id BIGINT NOT NULL,
    resident_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_chat_requests PRIMARY KEY (id),
    CONSTRAINT fk_chat_requests_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE,
    CONSTRAINT fk_chat_requests_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE
);
CREATE INDEX ix_chat_requests_chat_id ON chat_requests (chat_id);
CREATE UNIQUE INDEX uq_chat_requests_open ON chat_requests (resident_id) WHERE settled_at IS NULL;
COMMENT ON COLUMN chat_requests.number IS 'shown in the chat that asks, typed in one that belongs already';

CREATE TABLE fake_reports (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    chat_id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    text TEXT NOT NULL,
    photo BYTEA,
    CONSTRAINT pk_fake_reports PRIMARY KEY (id),
    CONSTRAINT uq_fake_reports_key UNIQUE (key),
    CONSTRAINT fk_fake_reports_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE
);
CREATE INDEX ix_fake_reports_chat_id ON fake_reports (chat_id);
COMMENT ON COLUMN fake_reports.key IS 'idempotency key';
COMMENT ON COLUMN fake_reports.photo IS 'JPEG made anew from what was sent; none until it is fetched';

-- A consent is kept for each channel it was given by: chats of two messengers may become one resident's.
ALTER TABLE consents DROP CONSTRAINT uq_consents_resident_id_purpose_version;
ALTER TABLE consents ADD CONSTRAINT uq_consents_resident_id_purpose_version_channel UNIQUE (resident_id, purpose, version, channel);
