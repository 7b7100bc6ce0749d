"""Fill the channel of every order, in batches"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("""
            DO $$
            DECLARE
                low bigint := 0;
                high bigint;
            BEGIN
                LOOP
                    SELECT max(id) INTO high
                    FROM (SELECT id FROM orders WHERE id > low ORDER BY id LIMIT 10000) AS batch;
                    EXIT WHEN high IS NULL;
                    UPDATE orders SET channel = coalesce(source, 'web')
                    WHERE id > low AND id <= high AND channel IS NULL;
                    COMMIT;
                    low := high;
                END LOOP;
            END $$
        """)


def downgrade() -> None:
    # The column goes with the revision before; what it held is not kept.
    op.execute("UPDATE orders SET channel = NULL WHERE channel IS NOT NULL")
