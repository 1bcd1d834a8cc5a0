CREATE TABLE leases (
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    backend INTEGER NOT NULL,
    backend_start TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (name)
);

COMMENT ON COLUMN leases.number IS 'rises with every taking: a former holder''s is too low';

COMMENT ON COLUMN leases.backend IS 'the connection that holds it: once gone, so is the lease';

-- Nullable columns without a default are added without touching a row.
ALTER TABLE inbox ADD COLUMN message BIGINT;

ALTER TABLE inbox ADD COLUMN said_at BIGINT;

COMMENT ON COLUMN inbox.message IS 'number within its chat of the message an update brings, where there is one';

COMMENT ON COLUMN inbox.said_at IS 'when it was said, in seconds of the messenger''s clock';

-- One message is served once, whatever it came as: an event, the same event under another name, a line of the history.
CREATE UNIQUE INDEX uq_inbox_message ON inbox (messenger, bot, peer, said_at, message) WHERE message IS NOT NULL;

-- Escapes that PostgreSQL cannot read (NUL, halves of pairs) are nothing to a number; "/" may also stand after a "\".
CREATE FUNCTION name_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event json;
BEGIN
    event := regexp_replace(NEW.raw, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '/', 'g')::json;
    IF event ->> 'type' = 'message_new' THEN
        NEW.message := event #>> '{object,message,conversation_message_id}';
        NEW.said_at := event #>> '{object,message,date}';
    END IF;
    IF NEW.said_at IS NULL OR NEW.message <= 0 THEN
        NEW.message := NULL;  -- not a message that can be named: it is kept like any other update
    END IF;
    RETURN NEW;
EXCEPTION WHEN OTHERS THEN
    NEW.message := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER name_message BEFORE INSERT ON inbox
FOR EACH ROW WHEN (NEW.messenger = 'vk' AND NOT NEW.internal) EXECUTE FUNCTION name_message();
