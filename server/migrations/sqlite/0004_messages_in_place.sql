-- The messages of a conversation stand beside each other, in the order in which history is read: a page is a few
-- neighbouring pages of the file, however many messages there are.

CREATE TABLE messages_in_place (
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    kind TEXT NOT NULL,
    recalled SMALLINT NOT NULL DEFAULT 0,
    meta BLOB NOT NULL,
    PRIMARY KEY (conversation_id, timestamp, id)
) WITHOUT ROWID;
INSERT INTO messages_in_place (id, conversation_id, sender, timestamp, kind, recalled, meta)
    SELECT id, conversation_id, sender, timestamp, kind, recalled, meta FROM messages;
DROP TABLE messages;
ALTER TABLE messages_in_place RENAME TO messages;
CREATE UNIQUE INDEX messages_by_id_alone ON messages (id);
CREATE INDEX messages_by_id ON messages (conversation_id, id);
