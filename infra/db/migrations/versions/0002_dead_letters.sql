-- Nullable columns without a default are added without touching a row.
ALTER TABLE inbox ADD COLUMN rev BIGINT;
COMMENT ON COLUMN inbox.rev IS 'revision of the session in which it failed first: it may not answer another';
COMMENT ON COLUMN inbox.error IS 'class of the last failure';
ALTER TABLE outbox ADD COLUMN turn TEXT;
COMMENT ON COLUMN outbox.turn IS 'key of the update whose turn made it: follows it through the logs';

CREATE TABLE dead_letters (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    messenger TEXT NOT NULL,
    bot TEXT NOT NULL,
    peer TEXT NOT NULL,
    key TEXT NOT NULL,
    raw TEXT NOT NULL,
    internal BOOLEAN NOT NULL,
    rev BIGINT,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_up_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    CONSTRAINT pk_dead_letters PRIMARY KEY (id),
    CONSTRAINT uq_dead_letters_messenger_bot_key UNIQUE (messenger, bot, key)
);
COMMENT ON COLUMN dead_letters.key IS 'the key it has in the inbox';
COMMENT ON COLUMN dead_letters.error IS 'class of the last failure';

CREATE TABLE switches (
    name TEXT NOT NULL,
    is_on BOOLEAN NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_switches PRIMARY KEY (name)
);

-- What the code before gave up: a served update may have an error too, but never so many attempts.
INSERT INTO dead_letters (messenger, bot, peer, key, raw, internal, received_at, given_up_at, attempts, error)
SELECT messenger, bot, peer, key, raw, internal, received_at, done_at, attempts, error
FROM inbox WHERE done_at IS NOT NULL AND error IS NOT NULL AND attempts > 5;
