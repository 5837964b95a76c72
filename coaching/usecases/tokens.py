"""Opens links that are rows: each can be revoked and may have an end."""

from datetime import datetime

from sqlalchemy.orm import Session

from coaching.adapters import tables
from coaching.adapters.secrets import Secrets
from coaching.domain import links
from coaching.domain.errors import NotFound
from coaching.domain.links import BadLink, Purpose


def open_token(
    session: Session, secrets: Secrets, token: str, purpose: Purpose, *, now: datetime
) -> tables.AccessToken:
    """Return the row behind a token. Raises NotFound for whatever is wrong with it, without saying what."""
    try:
        token_id = links.read_as(secrets.keys, token, purpose)
    except BadLink:
        raise NotFound("this link does not open anything") from None
    row = session.get(tables.AccessToken, token_id)
    if row is None or row.purpose != purpose or row.revoked_at is not None:
        raise NotFound("this link does not open anything")
    if row.expires_at is not None and row.expires_at <= now:
        raise NotFound("this link does not open anything")
    return row
