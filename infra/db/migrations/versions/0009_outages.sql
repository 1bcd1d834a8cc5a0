-- Outages and the building list. A stored column is computed for every flat at once: a second for a city of 170,000.
ALTER TABLE premises ADD COLUMN building_key TEXT GENERATED ALWAYS AS ('|' || split_part(address_key, '|', 2) || '|' || split_part(address_key, '|', 3) || '|') STORED;
CREATE INDEX ix_premises_building_key ON premises (building_key);
COMMENT ON COLUMN premises.building_key IS 'the part of the address key that all flats of a building share, without the town';

CREATE TABLE buildings (
    key TEXT NOT NULL,
    street TEXT NOT NULL,
    building TEXT NOT NULL,
    quarter TEXT,
    district TEXT,
    quarter_key TEXT,
    district_key TEXT,
    CONSTRAINT pk_buildings PRIMARY KEY (key)
);
CREATE INDEX ix_buildings_quarter_key ON buildings (quarter_key);
CREATE INDEX ix_buildings_district_key ON buildings (district_key);
COMMENT ON TABLE buildings IS 'which quarter and district a building is in, by the city''s own list';
COMMENT ON COLUMN buildings.key IS 'as premises.building_key: what all spellings have in common';
COMMENT ON COLUMN buildings.quarter IS 'as outages are announced: «109а»';

CREATE TABLE outages (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    services TEXT[] NOT NULL,
    emergency BOOLEAN NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    cause TEXT NOT NULL,
    places TEXT[] NOT NULL,
    made_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outages PRIMARY KEY (id),
    CONSTRAINT uq_outages_key UNIQUE (key)
);
CREATE INDEX ix_outages_ended_at ON outages (ended_at);
COMMENT ON COLUMN outages.key IS 'idempotency key';
COMMENT ON COLUMN outages.ends_at IS 'when it is to be over; none: nobody knows';
COMMENT ON COLUMN outages.places IS 'as the operator named them';
COMMENT ON COLUMN outages.updated_at IS 'the latest that an operator has said of it';
COMMENT ON COLUMN outages.stored_at IS 'by the database''s clock: how long it is kept counts from here';

CREATE TABLE outage_buildings (
    outage_id BIGINT NOT NULL,
    building_key TEXT NOT NULL,
    CONSTRAINT pk_outage_buildings PRIMARY KEY (outage_id, building_key),
    CONSTRAINT fk_outage_buildings_outage_id FOREIGN KEY(outage_id) REFERENCES outages (id) ON DELETE CASCADE
);
CREATE INDEX ix_outage_buildings_building_key ON outage_buildings (building_key);

CREATE TABLE outage_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT NOT NULL,
    outage_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    text TEXT NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outage_events PRIMARY KEY (id),
    CONSTRAINT uq_outage_events_key UNIQUE (key),
    CONSTRAINT fk_outage_events_outage_id FOREIGN KEY(outage_id) REFERENCES outages (id) ON DELETE CASCADE
);
CREATE INDEX ix_outage_events_outage_id ON outage_events (outage_id);
COMMENT ON COLUMN outage_events.key IS 'idempotency key';
COMMENT ON COLUMN outage_events.kind IS 'opened, updated, ended or reopened';

CREATE TABLE outage_reports (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    outage_id BIGINT NOT NULL,
    report TEXT NOT NULL,
    resident_id BIGINT,
    building_key TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    stored_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outage_reports PRIMARY KEY (id),
    CONSTRAINT fk_outage_reports_outage_id FOREIGN KEY(outage_id) REFERENCES outages (id) ON DELETE CASCADE,
    CONSTRAINT fk_outage_reports_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX uq_outage_reports_once ON outage_reports (outage_id, report, resident_id);
CREATE INDEX ix_outage_reports_resident_id ON outage_reports (resident_id);
COMMENT ON COLUMN outage_reports.report IS 'also or still';
COMMENT ON COLUMN outage_reports.resident_id IS 'none: erased; the word still counts';
