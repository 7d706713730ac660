-- What was imported: the digest of a file's lines up to a number, so that none is taken twice.
CREATE TABLE imports (
    digest BLOB PRIMARY KEY NOT NULL,
    lines BIGINT NOT NULL
);
