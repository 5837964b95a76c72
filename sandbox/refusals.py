"""What SendGrid says when it refuses a request: one entry a fault, naming the field by its index."""

from http import HTTPStatus

from sandbox.faults import Refusal

HELP = "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors"

type_names: dict[type, str] = {dict: "object", list: "array", str: "string", int: "integer", bool: "boolean"}


class Refusals:
    """Counts every fault of one request and lists the first hundred, as SendGrid does."""

    MOST = 100

    def __init__(self) -> None:
        self.items: list[dict[str, str | None]] = []
        self.count = 0

    def add(self, field: str | None, message: str) -> None:
        """Note a fault; `field` is dotted with indexes, as in `personalizations.3.to.0.email`."""
        self.count += 1
        if len(self.items) < self.MOST:
            self.items.append({"message": message, "field": field, "help": help_for(field)})

    def wrong_type(self, field: str, wanted: type, value: object) -> None:
        """Note that `field` holds a value of another JSON type."""
        given = "null" if value is None else type_names.get(type(value), "number")
        self.add(field, f"Invalid type. Expected: {type_names[wanted]}, given: {given}.")

    def unknown(self, field: str, name: str) -> None:
        """Note a property that SendGrid doesn't have."""
        self.add(f"{field}.{name}" if field else name, f"Additional property {name} is not allowed.")


def help_for(field: str | None) -> str | None:
    """The page that explains the faults of a field; None where no field is at fault."""
    if field is None:
        return None
    names = [part for part in field.split(".") if not part.isdigit()]
    return f"{HELP}#message.{'.'.join(names)}"


def error_body(message: str, field: str | None = None) -> dict[str, object]:
    """The body SendGrid answers with when the request as a whole is refused."""
    return {"errors": [{"message": message, "field": field, "help": help_for(field)}]}


INVALID_KEY = "The provided authorization grant is invalid, expired, or revoked"
NO_CREDITS = "Maximum credits exceeded"
UNKNOWN_SENDER = (
    "The from address does not match a verified Sender Identity. "
    "Mail cannot be sent until this error is resolved."
)


def refused_as_wished(refusal: Refusal) -> dict[str, object]:
    """The body SendGrid answers with where such a refusal has its usual reason."""
    match refusal.status:
        case 401:
            return error_body(NO_CREDITS if refusal.quota else INVALID_KEY)
        case 403:
            return error_body(UNKNOWN_SENDER, "from")
        case 400:
            return error_body("Bad Request")
        case 413:
            return error_body("content too large")
        case _:
            return error_body(HTTPStatus(refusal.status).phrase.lower())
