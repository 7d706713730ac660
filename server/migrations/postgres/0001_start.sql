-- Everything the server keeps. Times are milliseconds since the epoch; ids are time-ordered 64-bit numbers that
-- the server makes itself, so that several nodes can make them without asking each other.

CREATE TABLE users (
    id BIGINT PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    created BIGINT NOT NULL,
    UNIQUE (app, name)
);

-- Only hashes; a row without a user is an app token.
CREATE TABLE tokens (
    hash BYTEA PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE INDEX tokens_by_expiry ON tokens (expires);

-- The conversation of two users. Keyed by names, so that it outlives a user who is removed.
CREATE TABLE directs (
    id BIGINT PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    low TEXT NOT NULL,
    high TEXT NOT NULL,
    UNIQUE (app, low, high)
);

-- Groups (kind 1) and chat rooms (kind 2); the id is the conversation's id too.
CREATE TABLE chat_groups (
    id BIGINT PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    is_public SMALLINT NOT NULL,
    max_users BIGINT NOT NULL,
    owner TEXT NOT NULL,
    created BIGINT NOT NULL,
    closed SMALLINT NOT NULL DEFAULT 0
);

-- Who was in a group from which id to which id: members see what was sent in between.
CREATE TABLE members (
    group_id BIGINT NOT NULL REFERENCES chat_groups (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (group_id, user_id, since)
);
CREATE INDEX members_by_user ON members (user_id);

-- One row a message, shared by everyone who can see it.
CREATE TABLE messages (
    id BIGINT PRIMARY KEY NOT NULL,
    conversation_id BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    kind TEXT NOT NULL,
    recalled SMALLINT NOT NULL DEFAULT 0,
    meta BYTEA NOT NULL
);
CREATE INDEX messages_by_time ON messages (conversation_id, timestamp, id);
CREATE INDEX messages_by_id ON messages (conversation_id, id);

-- A user's own view of a conversation: what lists show.
--   active   time of the newest visible message (of the last one there was, where none is left)
--   last_id  the newest visible message; 0: none
--   read_id  messages after it are unread
--   floor    no visible message is older: where a walk through history can stop
CREATE TABLE entries (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    peer TEXT NOT NULL,
    active BIGINT NOT NULL,
    last_id BIGINT NOT NULL DEFAULT 0,
    unread BIGINT NOT NULL DEFAULT 0,
    read_id BIGINT NOT NULL DEFAULT 0,
    pinned BIGINT NOT NULL DEFAULT 0,
    hidden SMALLINT NOT NULL DEFAULT 0,
    floor BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id),
    UNIQUE (user_id, kind, peer)
);
CREATE INDEX entries_by_activity ON entries (user_id, hidden, active, last_id, conversation_id);
CREATE INDEX entries_by_conversation ON entries (conversation_id);

-- One-way removal of single messages.
CREATE TABLE removed_messages (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX removed_by_conversation ON removed_messages (user_id, conversation_id);

-- One-way removal up to a time: of what had been sent by then (ids up to before_id).
CREATE TABLE removal_marks (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id BIGINT NOT NULL,
    until BIGINT NOT NULL,
    before_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id, before_id)
);

CREATE TABLE devices (
    id BIGINT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource TEXT NOT NULL,
    seen BIGINT NOT NULL,
    UNIQUE (user_id, resource)
);

-- What waits for devices: the envelope once, a small row for each device.
CREATE TABLE deliveries (
    seq BIGINT PRIMARY KEY NOT NULL,
    created BIGINT NOT NULL,
    meta BYTEA NOT NULL
);
CREATE INDEX deliveries_by_age ON deliveries (created);
CREATE TABLE queue_items (
    device_id BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    queue TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (device_id, queue, seq)
);
CREATE INDEX queue_items_by_seq ON queue_items (seq);

-- Whose turn it is to write: whoever holds this row. The newest id is what the next one's are above.
CREATE TABLE clock (
    id BIGINT PRIMARY KEY NOT NULL,
    newest BIGINT NOT NULL
);
INSERT INTO clock (id, newest) VALUES (1, 0);
