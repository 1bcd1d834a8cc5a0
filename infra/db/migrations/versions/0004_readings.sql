-- Bodies of functions stand on one line: a statement of this file ends with the semicolon at the end of a line.
CREATE TABLE window_extensions (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    provider TEXT,
    period DATE NOT NULL,
    until DATE NOT NULL,
    building TEXT,
    building_key TEXT,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_window_extensions PRIMARY KEY (id)
);
CREATE INDEX ix_window_extensions_period ON window_extensions (period);
COMMENT ON COLUMN window_extensions.provider IS 'none: of all';
COMMENT ON COLUMN window_extensions.building_key IS 'what all spellings of the house have in common; none: for everybody';

CREATE TABLE tasks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    facts JSONB NOT NULL,
    premises_id BIGINT,
    meter_id BIGINT,
    reading_id UUID,
    period DATE,
    status TEXT DEFAULT 'open' NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT,
    note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_tasks PRIMARY KEY (id),
    CONSTRAINT uq_tasks_key UNIQUE (key),
    CONSTRAINT fk_tasks_premises_id FOREIGN KEY(premises_id) REFERENCES premises (id),
    CONSTRAINT fk_tasks_meter_id FOREIGN KEY(meter_id) REFERENCES meters (id),
    CONSTRAINT fk_tasks_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id)
);
CREATE INDEX ix_tasks_open ON tasks (id) WHERE status = 'open';
CREATE INDEX ix_tasks_meter_id_period ON tasks (meter_id, period);
CREATE INDEX ix_tasks_reading_id ON tasks (reading_id);
CREATE INDEX ix_tasks_premises_id ON tasks (premises_id);
COMMENT ON COLUMN tasks.key IS 'idempotency key';
COMMENT ON COLUMN tasks.facts IS 'what an operator needs to know';

CREATE TABLE dial_photos (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    chat_id BIGINT NOT NULL,
    meter_id BIGINT NOT NULL,
    reading_id UUID,
    sent_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    content BYTEA,
    CONSTRAINT pk_dial_photos PRIMARY KEY (id),
    CONSTRAINT uq_dial_photos_key UNIQUE (key),
    CONSTRAINT fk_dial_photos_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE,
    CONSTRAINT fk_dial_photos_meter_id FOREIGN KEY(meter_id) REFERENCES meters (id),
    CONSTRAINT fk_dial_photos_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id)
);
CREATE INDEX ix_dial_photos_chat_id_meter_id ON dial_photos (chat_id, meter_id);
CREATE INDEX ix_dial_photos_meter_id ON dial_photos (meter_id);
CREATE INDEX ix_dial_photos_reading_id ON dial_photos (reading_id);
COMMENT ON COLUMN dial_photos.key IS 'that of the job which fetches it';
COMMENT ON COLUMN dial_photos.content IS 'JPEG made anew from what was sent; none until it is fetched';

CREATE TABLE reading_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    reading_id UUID NOT NULL,
    meter_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    before JSONB,
    after JSONB NOT NULL,
    CONSTRAINT pk_reading_events PRIMARY KEY (id),
    CONSTRAINT fk_reading_events_reading_id FOREIGN KEY(reading_id) REFERENCES readings (id)
);
CREATE INDEX ix_reading_events_meter_id_id ON reading_events (meter_id, id);
CREATE INDEX ix_reading_events_reading_id ON reading_events (reading_id);
COMMENT ON TABLE reading_events IS 'history of readings: only added to, by triggers, whoever writes';
COMMENT ON COLUMN reading_events.actor IS 'resident, billing:CODE, operator:NAME';

INSERT INTO reading_events (reading_id, meter_id, event, actor, at, after)
SELECT id, meter_id, 'submitted', 'resident', submitted_at, jsonb_build_object('value', value, 'period', period, 'channel', channel, 'status', status, 'current', current, 'flags', flags, 'reason', reason)
FROM readings ORDER BY seq;

CREATE FUNCTION readings_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'readings are never deleted' USING ERRCODE = 'restrict_violation'; END IF; IF (NEW.id, NEW.seq, NEW.key, NEW.meter_id, NEW.period, NEW.value, NEW.submitted_at, NEW.channel, NEW.kind, NEW.flags) IS DISTINCT FROM (OLD.id, OLD.seq, OLD.key, OLD.meter_id, OLD.period, OLD.value, OLD.submitted_at, OLD.channel, OLD.kind, OLD.flags) THEN RAISE EXCEPTION 'what a reading says never changes: add another' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$;
CREATE TRIGGER readings_are_kept BEFORE UPDATE OR DELETE ON readings FOR EACH ROW EXECUTE FUNCTION readings_are_kept();
CREATE TRIGGER readings_are_kept_whole BEFORE TRUNCATE ON readings FOR EACH STATEMENT EXECUTE FUNCTION readings_are_kept();

CREATE FUNCTION remember_reading() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE who TEXT = coalesce(nullif(current_setting('vodoteplo.actor', true), ''), 'resident'); BEGIN IF TG_OP = 'INSERT' THEN INSERT INTO reading_events (reading_id, meter_id, event, actor, before, after) VALUES (NEW.id, NEW.meter_id, 'submitted', who, (SELECT jsonb_build_object('value', value, 'period', period, 'status', status) FROM readings WHERE meter_id = NEW.meter_id AND period <= NEW.period AND seq < NEW.seq ORDER BY period DESC, seq DESC LIMIT 1), jsonb_build_object('value', NEW.value, 'period', NEW.period, 'channel', NEW.channel, 'status', NEW.status, 'current', NEW.current, 'flags', NEW.flags, 'reason', NEW.reason)); ELSIF (NEW.status, NEW.current, NEW.reason) IS DISTINCT FROM (OLD.status, OLD.current, OLD.reason) THEN INSERT INTO reading_events (reading_id, meter_id, event, actor, before, after) VALUES (NEW.id, NEW.meter_id, CASE WHEN NEW.status <> OLD.status THEN NEW.status WHEN NEW.current THEN 'current' ELSE 'replaced' END, who, jsonb_build_object('status', OLD.status, 'current', OLD.current, 'reason', OLD.reason), jsonb_build_object('status', NEW.status, 'current', NEW.current, 'reason', NEW.reason)); END IF; RETURN NULL; END $$;
CREATE TRIGGER remember_reading AFTER INSERT OR UPDATE ON readings FOR EACH ROW EXECUTE FUNCTION remember_reading();

CREATE FUNCTION remember_verdict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.status = 'declined' OR TG_OP = 'UPDATE' THEN INSERT INTO reading_events (reading_id, meter_id, event, actor, before, after) SELECT NEW.reading_id, meter_id, 'verdict', 'billing' || chr(58) || NEW.provider, CASE WHEN TG_OP = 'UPDATE' THEN jsonb_build_object('status', OLD.status, 'reason', OLD.reason) END, jsonb_build_object('status', NEW.status, 'reason', NEW.reason) FROM readings WHERE id = NEW.reading_id; END IF; RETURN NULL; END $$;
CREATE TRIGGER remember_verdict AFTER INSERT OR UPDATE ON verdicts FOR EACH ROW EXECUTE FUNCTION remember_verdict();

CREATE FUNCTION history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the history of readings is only added to' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER history_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON reading_events FOR EACH STATEMENT EXECUTE FUNCTION history_is_only_added_to();
