-- Sessions of a user with smaller ids are over, and what their devices are told (an MSYNC operation).
ALTER TABLE users ADD COLUMN ended BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN ended_by SMALLINT NOT NULL DEFAULT 0;

-- The session in which a device is online; the node that holds it is in the id. 0: none.
ALTER TABLE devices ADD COLUMN session BIGINT NOT NULL DEFAULT 0;

-- The nodes at work on this database. Sessions older than their node's start, or of a node that was not heard of
-- lately, are over.
CREATE TABLE nodes (
    number BIGINT PRIMARY KEY NOT NULL,
    started BIGINT NOT NULL,
    heard BIGINT NOT NULL
);

-- What waited for a device and was dropped: of each conversation, that something was, and its latest notice.
CREATE TABLE missed (
    device_id BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    kind SMALLINT NOT NULL,
    peer TEXT NOT NULL,
    notice BLOB,
    PRIMARY KEY (device_id, kind, peer)
);
