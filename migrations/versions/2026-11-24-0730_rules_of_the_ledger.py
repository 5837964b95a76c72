"""What the ledger's tables alone can't say: which state may follow which."""

from alembic import op

revision: str = "c41d9a7e5b02"
down_revision: str | None = "b0e07ef439c5"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Refuse moves that are none; give the one installation its row; let fates be written in place."""
    op.execute("ALTER TABLE message DROP CONSTRAINT ck_message_recipient_kind_known")
    op.execute(
        "ALTER TABLE message ADD CONSTRAINT ck_message_recipient_kind_known"
        " CHECK (recipient_kind IN ('client', 'coach', 'visitor', 'firm'))"
    )
    op.execute("UPDATE batch SET rank = 10 WHERE family = 'transactional'")
    op.execute("UPDATE batch SET due_at = created_at")
    op.execute("ALTER TABLE message DROP CONSTRAINT ck_message_batch_only_when_queued")
    op.execute("ALTER TABLE message DROP CONSTRAINT ck_message_queued_in_batch")
    op.execute("UPDATE message SET batch_id = NULL WHERE state = 'failed' AND batch_id IS NOT NULL")
    op.execute(
        "ALTER TABLE message ADD CONSTRAINT ck_message_queued_in_batch"
        " CHECK ((state = 'queued') = (batch_id IS NOT NULL))"
    )
    op.execute("INSERT INTO installation DEFAULT VALUES ON CONFLICT DO NOTHING")
    # Each letter's row is written once more, by its receipts: with room on its page no index is touched.
    op.execute("ALTER TABLE message SET (fillfactor = 90)")
    _message_moves()
    _batch_moves()
    _attempt_moves()


def _message_moves() -> None:
    op.execute(
        """
        CREATE FUNCTION message_moves() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            batch_state text;
        BEGIN
            IF (OLD.state, NEW.state) NOT IN (
                ('planned', 'queued'), ('planned', 'merged'), ('planned', 'skipped'), ('planned', 'expired'),
                ('planned', 'cancelled'),
                ('queued', 'planned'), ('queued', 'skipped'), ('queued', 'expired'), ('queued', 'cancelled'),
                ('queued', 'failed'),
                ('merged', 'planned')
            ) THEN
                RAISE EXCEPTION 'a letter that is % can''t become %', OLD.state, NEW.state
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'message_moves';
            END IF;
            IF OLD.state = 'queued' THEN
                SELECT state INTO batch_state FROM batch WHERE id = OLD.batch_id;
                IF batch_state IN ('posting', 'uncertain', 'accepted') THEN
                    RAISE EXCEPTION 'a letter can''t leave a batch that is %', batch_state
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_leaves';
                END IF;
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER message_moves BEFORE UPDATE OF state ON message
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION message_moves()
        """
    )


def _batch_moves() -> None:
    op.execute(
        """
        CREATE FUNCTION batch_moves() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (OLD.state, NEW.state) NOT IN (
                ('ready', 'claimed'), ('ready', 'accepted'), ('ready', 'closed'),
                ('claimed', 'ready'), ('claimed', 'posting'), ('claimed', 'accepted'), ('claimed', 'closed'),
                ('posting', 'accepted'), ('posting', 'ready'), ('posting', 'uncertain'),
                ('posting', 'parked'), ('posting', 'closed'),
                ('uncertain', 'accepted'), ('uncertain', 'ready'), ('uncertain', 'parked'),
                ('uncertain', 'closed'),
                ('parked', 'ready'), ('parked', 'accepted'), ('parked', 'closed')
            ) THEN
                RAISE EXCEPTION 'a batch that is % can''t become %', OLD.state, NEW.state
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_moves';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER batch_moves BEFORE UPDATE OF state ON batch
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION batch_moves()
        """
    )


def _attempt_moves() -> None:
    op.execute(
        """
        CREATE FUNCTION attempt_moves() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (OLD.outcome, NEW.outcome) NOT IN (
                ('posting', 'accepted'), ('posting', 'refused'), ('posting', 'unknown'),
                ('unknown', 'accepted'), ('unknown', 'refused'),
                ('refused', 'accepted')
            ) THEN
                RAISE EXCEPTION 'an attempt that is % can''t become %', OLD.outcome, NEW.outcome
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_moves';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER attempt_moves BEFORE UPDATE OF outcome ON attempt
        FOR EACH ROW WHEN (OLD.outcome IS DISTINCT FROM NEW.outcome) EXECUTE FUNCTION attempt_moves()
        """
    )
