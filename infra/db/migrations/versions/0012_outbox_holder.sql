-- Rows that are there already keep no holder, and wait for the end of their lease; none of them is touched.
ALTER TABLE outbox ADD COLUMN holder INTEGER;

ALTER TABLE outbox ALTER COLUMN holder SET DEFAULT pg_backend_pid();

COMMENT ON COLUMN outbox.holder IS 'a connection of the process that holds it: once gone, so is the process, or soon';
