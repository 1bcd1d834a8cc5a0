-- The operators' side of tickets; tables/support.py says what things mean.

ALTER TABLE tickets
    ADD COLUMN assignee_id BIGINT,
    ADD CONSTRAINT fk_tickets_assignee_id FOREIGN KEY(assignee_id) REFERENCES members (id);

COMMENT ON COLUMN tickets.assignee_id IS 'the operator who has taken it up';

CREATE INDEX ix_tickets_due ON tickets (organisation, status, (COALESCE(due_at, 'infinity'::timestamptz)), id);

CREATE INDEX ix_tickets_asked ON tickets (organisation, status, (id + 0));

CREATE INDEX ix_tickets_unread ON tickets (organisation, status, (id + 0)) WHERE unread;

CREATE INDEX ix_tickets_held ON tickets (assignee_id, status, id) WHERE assignee_id IS NOT NULL;

-- The first and the last words of a ticket, without reading what was said between them.
CREATE INDEX ix_ticket_messages_ticket_id_id ON ticket_messages (ticket_id, id);

DROP INDEX ix_ticket_messages_ticket_id;

CREATE TABLE answer_calls (
    outbox_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    CONSTRAINT pk_answer_calls PRIMARY KEY (outbox_id),
    CONSTRAINT fk_answer_calls_message_id FOREIGN KEY(message_id) REFERENCES ticket_messages (id)
);

CREATE INDEX ix_answer_calls_message_id ON answer_calls (message_id);

COMMENT ON COLUMN answer_calls.sent_at IS 'the messenger has taken it';

COMMENT ON COLUMN answer_calls.outcome IS 'why it was given up';

-- The turn that told an answer is named as its notice was: notice:answer:<ticket>:<message>. As a trigger it holds for
-- whichever version of the code sends, and stays true when the rows of the outbox have gone.
CREATE FUNCTION answer_called() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.turn ~ '^notice:answer:[0-9]{1,18}:[0-9]{1,18}$' THEN
        INSERT INTO answer_calls (outbox_id, message_id, sent_at, outcome)
        SELECT NEW.id, id, NEW.sent_at, NEW.outcome FROM ticket_messages
        WHERE id = split_part(NEW.turn, ':', 4)::bigint AND ticket_id = split_part(NEW.turn, ':', 3)::bigint
        ON CONFLICT (outbox_id) DO UPDATE SET sent_at = excluded.sent_at, outcome = excluded.outcome;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER answer_called AFTER INSERT OR UPDATE OF sent_at, outcome ON outbox
FOR EACH ROW WHEN (NEW.turn LIKE 'notice:answer:%') EXECUTE FUNCTION answer_called();

CREATE TABLE canned_answers (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    organisation TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_canned_answers PRIMARY KEY (id),
    CONSTRAINT uq_canned_answers_organisation_title UNIQUE (organisation, title)
);

COMMENT ON COLUMN canned_answers.text IS 'may name facts of the city file in braces';
