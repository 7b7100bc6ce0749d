"""The operations that strong_migrations' README calls unsafe, as far as PostgreSQL has them: what we say of
each, what a database does, and the safe form. The README's facts, in our own SQL and words.

A step of a safe form that cannot be in a transaction stands alone; where a case names no safe form, it is the
SQL that the finding itself gives.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Made anew for every case.
SHOP = """
    CREATE TYPE mood AS ENUM ('sad', 'calm');
    CREATE SCHEMA archive;
    CREATE TABLE archive.orders (id bigint);
    CREATE TABLE customers (id bigint PRIMARY KEY);
    INSERT INTO customers SELECT n FROM generate_series(1, 50) AS n;
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, amount integer NOT NULL, note text,
        during tsrange, made date, source varchar(20));
    INSERT INTO orders SELECT n, n % 50 + 1, n, 'n' || n, tsrange(timestamp '2026-01-01' + n * interval '1 h',
        timestamp '2026-01-01' + (n + 1) * interval '1 h'), date '2026-01-01' + n, 'web'
        FROM generate_series(1, 1000) AS n;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    #: As strong_migrations' README calls it.
    operation: str
    unsafe: str
    #: What we say: rules, the first of which names the table.
    says: tuple[str, ...]
    #: The strongest lock on orders ("" for none), and what is done while it is held: "scan", "rewrite", "".
    lock: str = ""
    work: str = ""
    #: A statement of code that runs meanwhile: it fails after the unsafe form, and not after the safe one.
    code: str = ""
    #: Steps of the safe form; () for the finding's own SQL; None where there is no safe form.
    safe: tuple[str, ...] | None = ()
    #: Steps of the finding's SQL are one transaction.
    together: bool = False


CASES = (
    Case(
        operation="removing a column",
        unsafe="ALTER TABLE orders DROP COLUMN note",
        says=("column-dropped",),
        lock="AccessExclusive",
        code="SELECT note FROM orders",
    ),
    Case(
        operation="changing the type of a column",
        unsafe="ALTER TABLE orders ALTER COLUMN amount TYPE bigint",
        says=("type-change-rewrites-table",),
        lock="AccessExclusive",
        work="rewrite",
    ),
    Case(
        operation="renaming a column",
        unsafe="ALTER TABLE orders RENAME COLUMN note TO remark",
        says=("column-renamed",),
        lock="AccessExclusive",
        code="SELECT note FROM orders",
    ),
    Case(
        operation="renaming a table",
        unsafe="ALTER TABLE orders RENAME TO sales",
        says=("table-renamed",),
        lock="AccessExclusive",
        code="UPDATE orders SET note = 'x' WHERE id = 1",
        together=True,
    ),
    Case(
        operation="creating a table with the force option",
        unsafe="DROP TABLE IF EXISTS orders CASCADE; CREATE TABLE orders (id bigint, amount integer)",
        says=("table-dropped",),
        lock="AccessExclusive",
        code="SELECT 1 / count(*) FROM orders",
        safe=("CREATE TABLE orders_by_day (id bigint, amount integer)",),
    ),
    Case(
        operation="adding an auto-incrementing column",
        unsafe="ALTER TABLE orders ADD COLUMN number bigserial",
        says=("column-rewrites-table",),
        lock="AccessExclusive",
        work="rewrite",
    ),
    Case(
        operation="adding a stored generated column",
        unsafe="ALTER TABLE orders ADD COLUMN double bigint GENERATED ALWAYS AS (amount * 2) STORED",
        says=("column-rewrites-table",),
        lock="AccessExclusive",
        work="rewrite",
    ),
    Case(
        operation="adding a foreign key",
        unsafe="ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)",
        says=("foreign-key-blocks-writes",),
        lock="ShareRowExclusive",
        work="scan",
    ),
    Case(
        operation="adding a check constraint",
        unsafe="ALTER TABLE orders ADD CONSTRAINT amount_right CHECK (amount > 0)",
        says=("constraint-checks-under-lock",),
        lock="AccessExclusive",
        work="scan",
    ),
    Case(
        operation="executing SQL directly",
        unsafe="DO $$ BEGIN EXECUTE 'ALTER TABLE orders ALTER COLUMN amount TYPE bigint'; END $$",
        says=("statement-not-read",),
        lock="AccessExclusive",
        work="rewrite",
        safe=None,
    ),
    Case(
        operation="backfilling data",
        unsafe="ALTER TABLE orders ADD COLUMN channel text; UPDATE orders SET channel = source",
        says=("update-without-where", "work-under-lock"),
        lock="AccessExclusive",
        work="scan",
        safe=(
            "ALTER TABLE orders ADD COLUMN channel text",
            "UPDATE orders SET channel = source WHERE id BETWEEN 1 AND 500",
        ),
    ),
    Case(
        operation="adding an index non-concurrently",
        unsafe="CREATE INDEX orders_made ON orders (made)",
        says=("index-blocks-writes",),
        lock="Share",
        work="scan",
    ),
    Case(
        operation="adding a reference",
        unsafe="ALTER TABLE orders ADD COLUMN payer bigint REFERENCES customers (id); "
        "CREATE INDEX orders_payer ON orders (payer)",
        says=("index-blocks-writes", "work-under-lock"),
        lock="AccessExclusive",
        work="scan",
        safe=(
            "ALTER TABLE orders ADD COLUMN payer bigint",
            "CREATE INDEX CONCURRENTLY orders_payer ON orders (payer)",
            "ALTER TABLE orders ADD CONSTRAINT payer FOREIGN KEY (payer) REFERENCES customers (id) NOT VALID",
            "ALTER TABLE orders VALIDATE CONSTRAINT payer",
        ),
    ),
    Case(
        operation="adding a unique constraint",
        unsafe="ALTER TABLE orders ADD UNIQUE (made)",
        says=("unique-builds-index-under-lock",),
        lock="AccessExclusive",
        work="scan",
    ),
    Case(
        operation="adding an exclusion constraint",
        unsafe="ALTER TABLE orders ADD EXCLUDE USING gist (during WITH &&)",
        says=("exclusion-checks-under-lock",),
        lock="AccessExclusive",
        work="scan",
        safe=None,
    ),
    Case(
        operation="adding a json column",
        unsafe="ALTER TABLE orders ADD COLUMN extra json",
        says=("json-has-no-equality",),
        lock="AccessExclusive",
        code="SELECT DISTINCT * FROM orders",
    ),
    Case(
        operation="adding a column with a volatile default value",
        unsafe="ALTER TABLE orders ADD COLUMN key uuid DEFAULT gen_random_uuid()",
        says=("column-rewrites-table",),
        lock="AccessExclusive",
        work="rewrite",
    ),
    Case(
        operation="setting NOT NULL on an existing column",
        unsafe="ALTER TABLE orders ALTER COLUMN note SET NOT NULL",
        says=("not-null-reads-under-lock",),
        lock="AccessExclusive",
        work="scan",
    ),
    Case(
        operation="renaming an enum value",
        unsafe="ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        says=("enum-value-renamed",),
        code="SELECT 'sad'::mood",
    ),
    Case(
        operation="renaming a schema",
        unsafe="ALTER SCHEMA archive RENAME TO attic",
        says=("schema-renamed",),
        code="SELECT * FROM archive.orders",
    ),
    Case(
        operation="keeping non-unique indexes to three columns or less",
        unsafe="CREATE INDEX wide ON orders (made, source, customer_id, amount)",
        says=("index-blocks-writes", "index-of-many-columns"),
        lock="Share",
        work="scan",
        safe=("CREATE INDEX CONCURRENTLY narrow ON orders (made, customer_id)",),
    ),
)

#: Changes of a type, each of a column that has the first of both: whether the table is written anew.
TYPES = (
    ("varchar(20)", "varchar(50)", False),
    ("varchar(20)", "varchar", False),
    ("varchar(20)", "text", False),
    ("text", "varchar", False),
    ("numeric(8, 2)", "numeric(10, 2)", False),
    ("numeric(8, 2)", "numeric", False),
    ("timestamp(3)", "timestamp(6)", False),
    ("timestamptz(3)", "timestamptz", False),
    ("time(3)", "time(6)", False),
    ("interval(3)", "interval(6)", False),
    ("cidr", "inet", False),
    ("varbit(8)", "varbit(16)", False),
    ("varchar(50)", "varchar(20)", True),
    ("text", "varchar(20)", True),
    ("numeric(8, 2)", "numeric(10, 3)", True),
    ("numeric(10, 2)", "numeric(8, 2)", True),
    ("integer", "bigint", True),
    ("bigint", "integer", True),
    ("integer", "numeric", True),
    ("char(5)", "text", True),
    ("char(5)", "char(9)", True),
    ("timestamp(6)", "timestamp(3)", True),
    ("varchar", "varchar(20)", True),
    ("bit(8)", "bit(9)", True),
    ("inet", "cidr", True),
    ("text[]", "varchar(20)[]", True),
)
