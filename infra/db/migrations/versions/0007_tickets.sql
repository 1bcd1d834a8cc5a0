-- Tickets; tables/support.py says what things mean. Old code beside it goes on: it opens tickets and answers them.

ALTER TABLE tickets
    ADD COLUMN service TEXT,
    ADD COLUMN period DATE,
    ADD COLUMN due_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN rating SMALLINT,
    ADD COLUMN unread BOOLEAN DEFAULT 'true' NOT NULL,
    ADD COLUMN erased BOOLEAN DEFAULT 'false' NOT NULL,
    ADD CONSTRAINT ck_tickets_rating CHECK (rating BETWEEN 1 AND 5);

COMMENT ON COLUMN tickets.due_at IS 'by when an answer is usual';

COMMENT ON COLUMN tickets.unread IS 'the resident has said something no operator has looked at';

COMMENT ON COLUMN tickets.erased IS 'its resident was forgotten: nobody is told of it any more';

CREATE INDEX ix_tickets_organisation_status_id ON tickets (organisation, status, id);

ALTER TABLE ticket_messages
    ADD COLUMN key TEXT,
    ADD COLUMN kind TEXT DEFAULT 'said' NOT NULL,
    ADD COLUMN by TEXT DEFAULT '' NOT NULL,
    ADD COLUMN chat_id BIGINT,
    ADD COLUMN message TEXT,
    ADD COLUMN replaces BIGINT,
    ADD COLUMN stored_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT uq_ticket_messages_key UNIQUE (key),
    ADD CONSTRAINT fk_ticket_messages_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
    ADD CONSTRAINT fk_ticket_messages_replaces FOREIGN KEY(replaces) REFERENCES ticket_messages (id);

-- A default that is added apart touches no row that is there.
ALTER TABLE ticket_messages ALTER COLUMN stored_at SET DEFAULT clock_timestamp();

COMMENT ON COLUMN ticket_messages.stored_at IS 'by the database''s clock: how long it is kept counts from here';

CREATE INDEX ix_ticket_messages_chat_id_message ON ticket_messages (chat_id, message) WHERE message IS NOT NULL;

CREATE INDEX ix_ticket_messages_replaces ON ticket_messages (replaces) WHERE replaces IS NOT NULL;

COMMENT ON COLUMN ticket_messages.key IS 'idempotency key';

COMMENT ON COLUMN ticket_messages.kind IS 'said, or note: for operators alone';

COMMENT ON COLUMN ticket_messages.by IS 'the operator; residents are never told';

COMMENT ON COLUMN ticket_messages.message IS 'the messenger''s name of it within the chat';

COMMENT ON COLUMN ticket_messages.replaces IS 'the message this is a later version of';

CREATE TABLE ticket_files (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    ticket_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    remote TEXT,
    media_type TEXT,
    size INTEGER,
    content BYTEA,
    CONSTRAINT pk_ticket_files PRIMARY KEY (id),
    CONSTRAINT ck_ticket_files_kept CHECK ((state = 'kept') = (content IS NOT NULL)),
    CONSTRAINT fk_ticket_files_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (id),
    CONSTRAINT fk_ticket_files_message_id FOREIGN KEY(message_id) REFERENCES ticket_messages (id)
);

CREATE INDEX ix_ticket_files_ticket_id ON ticket_files (ticket_id);

CREATE INDEX ix_ticket_files_message_id ON ticket_files (message_id);

COMMENT ON COLUMN ticket_files.kind IS 'photo, file or voice';

COMMENT ON COLUMN ticket_files.state IS 'waiting, kept or lost';

COMMENT ON COLUMN ticket_files.remote IS 'the messenger''s name of it';

COMMENT ON COLUMN ticket_files.media_type IS 'one of a closed list: see infra/attachments.py';

CREATE TABLE ticket_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    ticket_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    by TEXT DEFAULT '' NOT NULL,
    facts JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_ticket_events PRIMARY KEY (id),
    CONSTRAINT fk_ticket_events_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);

CREATE INDEX ix_ticket_events_ticket_id ON ticket_events (ticket_id);

COMMENT ON COLUMN ticket_events.facts IS 'never words of people: those stand in ticket_messages, where they can be erased';

CREATE FUNCTION history_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of % are only added', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER history_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_events
FOR EACH STATEMENT EXECUTE FUNCTION history_stands();

ALTER TABLE chats ADD COLUMN used_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN chats.used_at IS 'when the resident was last answered here: news of tickets go to the chat used last';

-- A session's revision rises with every screen that answers a resident, and not with what they are told unasked. As a
-- trigger it holds for whichever version of the code writes, and costs a turn no statement of its own.
CREATE FUNCTION chat_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.used_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE TRIGGER chat_used BEFORE UPDATE OF state ON chats
FOR EACH ROW WHEN (NEW.state -> 'rev' IS DISTINCT FROM OLD.state -> 'rev') EXECUTE FUNCTION chat_used();
