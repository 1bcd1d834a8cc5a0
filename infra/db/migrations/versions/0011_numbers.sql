-- Of the lines of a ticket's history most say that something was added or read; numbers look at the few others.

CREATE INDEX ix_ticket_events_at ON ticket_events (at) WHERE kind IN ('opened', 'transferred', 'closed');

CREATE INDEX ix_ticket_events_ticket_id_id ON ticket_events (ticket_id, id)
WHERE kind IN ('opened', 'transferred', 'answered');
