"""Whether an e-mail address can be written to, as far as its text tells."""

from email_validator import EmailNotValidError, validate_email

# Names set aside for examples are fine here: the sandbox and the sample caseload live under .test.
_LONGEST = 254


def checked_address(raw: str) -> str:
    """Return the address in its normal spelling. Raises ValueError with a sentence for who typed it."""
    if len(raw) > _LONGEST:
        raise ValueError("This e-mail address is too long.")
    try:
        found = validate_email(raw.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError("This does not look like an e-mail address; please check it.") from error
    return found.normalized
