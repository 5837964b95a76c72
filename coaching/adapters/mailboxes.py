"""Whether an e-mail address can be written to, as far as its text tells."""

from email_validator import EmailNotValidError, validate_email

# Names set aside for examples are fine here: the sandbox and the sample caseload live under .test.
_LONGEST = 254
# Allowed by the letter of the standard, used by nobody, and meaningful to whatever fills in templates.
_TEMPLATE_MARKS = frozenset("{}|%`[]<>")


def checked_address(raw: str) -> str:
    """Return the address in its normal spelling. Raises ValueError with a sentence for who typed it."""
    if len(raw) > _LONGEST:
        raise ValueError("This e-mail address is too long.")
    try:
        # The provider takes plain addresses only; a domain in other letters has a plain form.
        found = validate_email(
            raw.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise ValueError("This does not look like an e-mail address; please check it.") from error
    if found.ascii_email is None or set(found.ascii_email) & _TEMPLATE_MARKS:
        raise ValueError("This does not look like an e-mail address; please check it.")
    return found.ascii_email
