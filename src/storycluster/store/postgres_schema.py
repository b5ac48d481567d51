"""The tables of an index in PostgreSQL, and the functions that write to them."""

from __future__ import annotations

from storycluster.store.postgres_arrays import NULL
from storycluster.store.reading import ARTICLE

SCHEMA = """
CREATE TABLE named (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), version int NOT NULL, position bigint NOT NULL DEFAULT 0,
    dropped bigint NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0, cursor bigint NOT NULL DEFAULT 0
);
CREATE TABLE log (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry bytea NOT NULL, refused bytea, answer bytea
);
ALTER TABLE log ALTER entry SET STORAGE EXTERNAL;
CREATE TABLE writer (pid int PRIMARY KEY, since timestamptz NOT NULL, position bigint NOT NULL);
CREATE TABLE text (number bigint PRIMARY KEY, words bytea NOT NULL, sketch bytea NOT NULL);
ALTER TABLE text ALTER words SET STORAGE EXTERNAL, ALTER sketch SET STORAGE EXTERNAL;
CREATE TABLE article (
    number bigint PRIMARY KEY, id bytea NOT NULL UNIQUE, text bigint NOT NULL, outlet bigint NOT NULL,
    published bigint, title bigint NOT NULL, received bigint NOT NULL, age bigint NOT NULL,
    content bytea NOT NULL, about bytea NOT NULL, body bytea, story bigint NOT NULL DEFAULT 0,
    relation int NOT NULL DEFAULT 0, jaccard float8 NOT NULL DEFAULT 1, containment float8 NOT NULL DEFAULT 1
);
CREATE INDEX article_age ON article (age, number);
CREATE INDEX article_story ON article (story, received);
CREATE TABLE story (
    number bigint PRIMARY KEY, id text NOT NULL, anchor bigint NOT NULL, outlets bigint NOT NULL,
    kept boolean NOT NULL, latest bigint NOT NULL
);
CREATE INDEX story_id ON story (id);
CREATE INDEX story_kept ON story (number) WHERE kept;
CREATE TABLE edge (low bigint, high bigint, evidence bytea NOT NULL, PRIMARY KEY (low, high));
CREATE TABLE outlet (number bigint PRIMARY KEY, name bytea NOT NULL, key bytea NOT NULL);
CREATE TABLE change (cursor bigint PRIMARY KEY, at bigint NOT NULL, entry bytea NOT NULL);
CREATE TABLE furniture (hash bigint PRIMARY KEY, outlets bytea NOT NULL);
CREATE TABLE pending (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sample bytea NOT NULL);
CREATE TABLE waiting (kind int, number bigint, PRIMARY KEY (kind, number));
CREATE TABLE link (a bytea, b bytea, must boolean NOT NULL, PRIMARY KEY (a, b));

CREATE VIEW tip AS
SELECT position, dropped, epoch, coalesce((SELECT value FROM named WHERE name = 'digest'), '0') AS digest FROM state;

CREATE FUNCTION append(
    appending bigint, entry bytea,
    OUT own bigint, OUT written bigint, OUT dropped bigint, OUT epoch bigint, OUT digest text
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.* INTO written, dropped, epoch, digest FROM tip t;
    PERFORM pg_advisory_xact_lock_shared(appending);
    INSERT INTO log (entry) VALUES (append.entry) RETURNING place INTO own;
END $$;

CREATE FUNCTION turn(
    scribe bigint, appending bigint, until bigint, patience float8,
    OUT written bigint, OUT dropped bigint, OUT epoch bigint, OUT upto bigint, OUT writes boolean, OUT digest text,
    OUT answer bytea, OUT oldest bigint, OUT places bigint[], OUT entries bytea[]
) LANGUAGE plpgsql AS $$
DECLARE
    idle constant interval := patience * interval '1 second';
    deadline timestamptz := clock_timestamp() + idle;
BEGIN
    writes := false;
    LOOP
        SELECT position INTO written FROM state;
        EXIT WHEN written >= until;
        IF clock_timestamp() >= deadline THEN
            PERFORM pg_advisory_lock(scribe);
            writes := true;
            EXIT;
        END IF;
        IF pg_try_advisory_lock_shared(scribe) THEN
            PERFORM pg_advisory_unlock_shared(scribe), pg_sleep(0.001);
        ELSE
            PERFORM pg_advisory_lock_shared(scribe);
            PERFORM pg_advisory_unlock_shared(scribe);
            deadline := clock_timestamp() + idle;
        END IF;
    END LOOP;
    SELECT t.* INTO written, dropped, epoch, digest FROM tip t;
    upto := written;
    IF written >= until THEN
        IF writes THEN
            PERFORM pg_advisory_unlock(scribe);
            writes := false;
        END IF;
        SELECT l.answer, (SELECT min(age) FROM article) INTO answer, oldest FROM log l WHERE place = until;
    ELSE
        PERFORM pg_advisory_lock(appending);
        SELECT greatest(written, max(place)) INTO upto FROM log;
        PERFORM pg_advisory_unlock(appending);
        SELECT array_agg(w.place), array_agg(CASE WHEN w.place = until THEN '' ELSE w.entry END) INTO places, entries
        FROM (
            SELECT l.*, sum(CASE WHEN place = until THEN 0 ELSE octet_length(entry) END) OVER (ORDER BY place) AS bytes
            FROM (SELECT * FROM log WHERE place > written AND place <= upto ORDER BY place LIMIT 8) l
        ) w WHERE bytes <= 16777216;
    END IF;
END $$;
"""
WRITES = {
    "put_named": (
        "bytea[], bytea[]",
        """INSERT INTO named SELECT convert_from(name, 'UTF8'), convert_from(value, 'UTF8') FROM unnest($1, $2)
           AS u(name, value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;""",
    ),
    "put_texts": ("bigint[], bytea[], bytea[]", "INSERT INTO text SELECT * FROM unnest($1, $2, $3);"),
    "drop_texts": ("bigint[]", "DELETE FROM text WHERE number = ANY($1);"),
    "put_articles": (
        "bigint[], bytea[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bytea[], bytea[], bytea[]",
        f"""INSERT INTO article ({ARTICLE}, body)
            SELECT number, id, text, outlet, nullif(published, {NULL}), title, received, age, content, about, body
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS u({ARTICLE}, body);""",
    ),
    "drop_articles": ("bigint[]", "DELETE FROM article WHERE number = ANY($1);"),
    "put_members": (
        "bigint[], bigint[], bigint[], float8[], float8[]",
        """UPDATE article
           SET story = u.story, relation = u.relation, jaccard = u.jaccard, containment = u.containment
           FROM unnest($1, $2, $3, $4, $5) AS u(own, story, relation, jaccard, containment) WHERE number = own;""",
    ),
    "put_stories": (
        "bigint[], bytea[], bigint[], bigint[], bigint[]",
        """INSERT INTO story
           SELECT own, convert_from(id, 'UTF8'), anchor, outlets, kept > 0,
                  (SELECT coalesce(max(received), 0) FROM article WHERE story = own)
           FROM unnest($1, $2, $3, $4, $5) AS u(own, id, anchor, outlets, kept)
           ON CONFLICT (number) DO UPDATE SET
               id = excluded.id, anchor = excluded.anchor, outlets = excluded.outlets, kept = excluded.kept,
               latest = excluded.latest;""",
    ),
    "drop_stories": ("bigint[]", "DELETE FROM story WHERE number = ANY($1);"),
    "put_edges": (
        "bigint[], bigint[], bytea[]",
        """INSERT INTO edge SELECT * FROM unnest($1, $2, $3)
           ON CONFLICT (low, high) DO UPDATE SET evidence = excluded.evidence;""",
    ),
    "drop_edges": (
        "bigint[], bigint[]",
        "DELETE FROM edge e USING unnest($1, $2) AS u(low, high) WHERE e.low = u.low AND e.high = u.high;",
    ),
    "put_outlets": (
        "bigint[], bytea[], bytea[]",
        """INSERT INTO outlet SELECT * FROM unnest($1, $2, $3)
           ON CONFLICT (number) DO UPDATE SET name = excluded.name, key = excluded.key;""",
    ),
    "put_furniture": (
        "bigint[], bytea[]",
        """INSERT INTO furniture SELECT * FROM unnest($1, $2)
           ON CONFLICT (hash) DO UPDATE SET outlets = excluded.outlets;""",
    ),
    "drop_furniture": ("bigint[]", "DELETE FROM furniture WHERE hash = ANY($1);"),
    "put_pending": (
        "bytea[]",
        "INSERT INTO pending (sample) SELECT s FROM unnest($1) WITH ORDINALITY AS u(s, n) ORDER BY n;",
    ),
    "drop_pending": ("", "DELETE FROM pending;"),
    "put_waiting": (
        "int, bigint[]",
        "INSERT INTO waiting SELECT $1, u.n FROM unnest($2) AS u(n) ON CONFLICT DO NOTHING;",
    ),
    "drop_waiting": ("int, bigint[]", "DELETE FROM waiting WHERE kind = $1 AND number = ANY($2);"),
    "put_changes": (
        "bigint[], bytea[]",
        """WITH given AS (UPDATE state SET cursor = cursor + cardinality($1) RETURNING cursor - cardinality($1) AS base)
           INSERT INTO change
           SELECT base + n, at, entry FROM given, unnest($1, $2) WITH ORDINALITY AS u(at, entry, n);""",
    ),
    "drop_changes": (
        "bigint",
        """DELETE FROM change WHERE cursor < coalesce(
               (SELECT cursor FROM change WHERE at >= $1 ORDER BY cursor LIMIT 1), (SELECT cursor + 1 FROM state)
           );""",
    ),
    "begin_changes": ("bigint", "UPDATE state SET cursor = $1;"),
    "put_link": (
        "bytea, bytea, boolean",
        "DELETE FROM link WHERE a = $1 AND b = $2; INSERT INTO link VALUES ($1, $2, $3);",
    ),
    "drop_link": ("bytea, bytea", "DELETE FROM link WHERE a = $1 AND b = $2;"),
    "put_ages": (
        "boolean",
        """UPDATE article
           SET age = CASE WHEN $1 THEN least(received, coalesce(published * 1000000, received)) ELSE received END;""",
    ),
    "refuse": ("bigint, bytea", "UPDATE log SET refused = $2 WHERE place = $1;"),
    "put_answers": (
        "bigint[], bytea[]",
        "UPDATE log SET answer = u.answer FROM unnest($1, $2) AS u(own, answer) WHERE place = own;",
    ),
    "reach": ("bigint, bigint", "UPDATE state SET position = $1, epoch = $2;"),
    "tell": (
        "bigint",
        """INSERT INTO writer SELECT pid, backend_start, $1 FROM pg_stat_activity WHERE pid = pg_backend_pid()
           ON CONFLICT (pid) DO UPDATE SET since = excluded.since, position = excluded.position;""",
    ),
    # another user's session shows its number, and maybe not since when it has been there
    "trim_log": (
        "bigint, bigint",
        """DELETE FROM writer WHERE NOT EXISTS (
               SELECT FROM pg_stat_activity s WHERE s.pid = writer.pid AND coalesce(s.backend_start, since) = since
           );
           UPDATE state SET dropped = greatest(dropped, least($1, greatest(
               (SELECT min(w.position) FROM writer w),
               (SELECT max(place) FROM (
                   SELECT place, sum(octet_length(entry)) OVER (ORDER BY place DESC) AS above FROM log WHERE place <= $1
               ) AS written WHERE above > $2),
               0
           )));
           DELETE FROM log USING state WHERE place <= dropped;
           DELETE FROM writer w USING state WHERE w.position < dropped;""",
    ),
}
"""What is written: the arguments' types, and how. Functions, so that a turn is one statement with one answer."""
SCHEMA += "".join(
    f"CREATE FUNCTION {name}({types}) RETURNS void LANGUAGE plpgsql AS $$ BEGIN {sql} END $$;\n"
    for name, (types, sql) in WRITES.items()
)
STEPS: dict[int, str] = {}
"""Version → what makes the next one of it."""
