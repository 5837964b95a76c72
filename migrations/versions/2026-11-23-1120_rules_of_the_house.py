"""What tables alone can't say: answers never change, and what 'sent' means."""

from alembic import op

revision: str = "3b1f0c5a7d24"
down_revision: str | None = "804566919441"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Forbid changing answers; say in one view which letters are sent."""
    op.execute(
        """
        CREATE FUNCTION submission_keeps_its_answers() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the answers of a submission never change' USING ERRCODE = 'check_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER submission_keeps_its_answers
        BEFORE UPDATE OF answers, importance, timing, instrument, version, question, at ON submission
        FOR EACH ROW WHEN (
            (OLD.answers, OLD.importance, OLD.timing, OLD.instrument, OLD.version, OLD.question, OLD.at)
            IS DISTINCT FROM
            (NEW.answers, NEW.importance, NEW.timing, NEW.instrument, NEW.version, NEW.question, NEW.at)
        ) EXECUTE FUNCTION submission_keeps_its_answers()
        """
    )
    # Sent is not written per letter: it is queued in a batch that was accepted.
    op.execute(
        """
        CREATE VIEW sent_letter AS
        SELECT message.id, message.recipient_kind, message.recipient_id, message.family, message.template,
               message.slot_key, message.fate, batch.id AS batch_id, batch.accepted_at AS sent_at
        FROM message JOIN batch ON batch.id = message.batch_id
        WHERE message.state = 'queued' AND batch.state = 'accepted'
        """
    )
