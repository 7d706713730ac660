-- The message that an envelope edits, 0 for other envelopes. A recall also drops the edits that still wait.
ALTER TABLE deliveries ADD COLUMN edits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX deliveries_by_edited ON deliveries (edits) WHERE edits <> 0;
