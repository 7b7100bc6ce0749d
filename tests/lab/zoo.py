"""A source with everything in it that is hard to copy."""

from __future__ import annotations

ZOO = (
    "CREATE TYPE mood AS ENUM ('glad', 'sad; or so')",
    "CREATE DOMAIN cents AS integer CHECK (VALUE >= 0)",
    # A tree, a cycle of two tables, and quoted names.
    "CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, feels mood,"
    " boss int REFERENCES people, twice int GENERATED ALWAYS AS (id * 2) STORED)",
    'CREATE TABLE "Sales Teams" (id serial PRIMARY KEY, "Team Lead" int NOT NULL REFERENCES people,'
    ' "First Deal" int)',
    'CREATE TABLE deals (id bigserial PRIMARY KEY, "Team" int NOT NULL REFERENCES "Sales Teams", worth cents,'
    " closed date CHECK (closed > '2000-01-01'))",
    'ALTER TABLE "Sales Teams" ADD CONSTRAINT "First!" FOREIGN KEY ("First Deal") REFERENCES deals',
    "CREATE TABLE events (id bigint, day date NOT NULL, deal bigint REFERENCES deals, PRIMARY KEY (id, day))"
    " PARTITION BY RANGE (day)",
    "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "CREATE TABLE marks (event bigint, day date, mark text, UNIQUE (event, day),"
    " FOREIGN KEY (event, day) REFERENCES events)",
    "CREATE TABLE loose (n int, said text)",
    "CREATE VIEW rich AS SELECT * FROM deals WHERE worth > 500",
    "CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM deals",
    "CREATE FUNCTION count_deals() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN INSERT INTO loose VALUES (1, 'a trigger; fired'); RETURN NEW; END $$",
    "CREATE TRIGGER counted AFTER INSERT ON deals FOR EACH ROW EXECUTE FUNCTION count_deals()",
    "CREATE RULE kept AS ON DELETE TO loose DO INSTEAD"
    " (INSERT INTO loose VALUES (2, 'x'); INSERT INTO loose VALUES (3, 'y;'))",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('0006')",
)
FILL = (
    "ALTER TABLE deals DISABLE TRIGGER counted",
    "INSERT INTO people (name, feels, boss) SELECT 'Person ' || n, 'glad', nullif(n / 3, 0)"
    " FROM generate_series(1, 3000) n",
    'INSERT INTO "Sales Teams" ("Team Lead") SELECT 1 + n * 7 FROM generate_series(1, 100) n',
    "INSERT INTO deals (\"Team\", worth, closed) SELECT 1 + n % 100, n % 1000, date '2025-01-01' + n % 700"
    " FROM generate_series(1, 5000) n",
    'UPDATE "Sales Teams" SET "First Deal" = 100 + id',
    "INSERT INTO events SELECT n, date '2025-01-01' + n % 700, 1 + n % 5000 FROM generate_series(1, 20000) n",
    "INSERT INTO marks SELECT id, day, 'mark' FROM events WHERE id % 10 = 0",
    "INSERT INTO loose SELECT n, 'row' FROM generate_series(1, 50) n",
    "REFRESH MATERIALIZED VIEW sums",
    "ALTER TABLE deals ENABLE TRIGGER counted",
    "VACUUM ANALYZE",
)
#: Every foreign key of the zoo: what points at nothing.
LOOSE_ENDS = """
SELECT 'boss', count(*) FROM people c
WHERE boss IS NOT NULL AND NOT EXISTS (SELECT FROM people p WHERE p.id = c.boss)
UNION ALL SELECT 'lead', count(*) FROM "Sales Teams" c
WHERE NOT EXISTS (SELECT FROM people p WHERE p.id = c."Team Lead")
UNION ALL SELECT 'first', count(*) FROM "Sales Teams" c
WHERE "First Deal" IS NOT NULL AND NOT EXISTS (SELECT FROM deals p WHERE p.id = c."First Deal")
UNION ALL SELECT 'team', count(*) FROM deals c
WHERE NOT EXISTS (SELECT FROM "Sales Teams" p WHERE p.id = c."Team")
UNION ALL SELECT 'deal', count(*) FROM events c
WHERE deal IS NOT NULL AND NOT EXISTS (SELECT FROM deals p WHERE p.id = c.deal)
UNION ALL SELECT 'event', count(*) FROM marks c
WHERE NOT EXISTS (SELECT FROM events p WHERE p.id = c.event AND p.day = c.day)
"""
