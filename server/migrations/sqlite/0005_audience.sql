-- Group messages to some members only: 1 in `targeted`, and a row for each of these members.
ALTER TABLE messages ADD COLUMN targeted SMALLINT NOT NULL DEFAULT 0;
CREATE TABLE message_receivers (
    message_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX message_receivers_by_user ON message_receivers (user_id);

-- Envelopes for the present session of a device only. They are dropped when its next session starts.
ALTER TABLE queue_items ADD COLUMN online_only SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX queue_items_online_only ON queue_items (device_id) WHERE online_only = 1;
