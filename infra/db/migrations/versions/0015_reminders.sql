-- Reminders. A column without a default, which then gets one, touches no row: links of before have none.
CREATE TABLE reminder_times (
    resident_id BIGINT NOT NULL,
    hour SMALLINT NOT NULL,
    last_day SMALLINT NOT NULL,
    due SMALLINT NOT NULL,
    CONSTRAINT pk_reminder_times PRIMARY KEY (resident_id),
    CONSTRAINT ck_reminder_times_hour CHECK (hour BETWEEN 0 AND 23),
    CONSTRAINT fk_reminder_times_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE CASCADE
);

COMMENT ON COLUMN reminder_times.hour IS 'from which hour of the city''s day';

COMMENT ON COLUMN reminder_times.last_day IS 'days before the last day of readings';

COMMENT ON COLUMN reminder_times.due IS 'days before payment is due';

ALTER TABLE links ADD COLUMN stored_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE links ALTER COLUMN stored_at SET DEFAULT clock_timestamp();

COMMENT ON COLUMN links.stored_at IS 'by the database''s clock: what was news before is none to this link';
