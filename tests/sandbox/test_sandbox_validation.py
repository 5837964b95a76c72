"""What SendGrid would refuse, the sandbox refuses, naming the field."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.personalizations import QuickCheck, Shared, check_personalizations
from sandbox.refusals import Refusals
from sandbox.validation import CheckedMail, MailError, check_mail
from tests.sandbox.sandbox_support import NOW, mail, many

STAMP = int(NOW.timestamp())
ADDRESS_OF_320 = "a" * 64 + "@" + ".".join(["b" * 63] * 3) + "." + "c" * 63
FILE = {"content": base64.b64encode(b"x").decode(), "filename": "plan.ics", "type": "text/calendar"}


def check(body: Any) -> CheckedMail:
    """Check as of the tests' time."""
    return check_mail(body, now=NOW.timestamp())


def faults(body: Any) -> list[str | None]:
    """The fields at fault, in order."""
    with pytest.raises(MailError) as refused:
        check(body)
    return [error["field"] for error in refused.value.errors]


def with_one(**changes: Any) -> dict[str, Any]:
    """A request whose one personalization is changed."""
    return mail(personalizations=[{"to": [{"email": "ana@example.test"}], **changes}])


def without(name: str) -> dict[str, Any]:
    """A request that lacks a field."""
    body = mail()
    del body[name]
    return body


ACCEPTED = {
    "a plain letter": mail(),
    "a thousand people": many(1_000),
    "a thousand recipients in all": with_one(cc=[{"email": f"c{n}@example.test"} for n in range(999)]),
    "an address again in another personalization": mail(
        personalizations=[{"to": [{"email": "ana@example.test"}]}] * 2
    ),
    "everything of a personalization": with_one(
        to=[{"email": "ana@example.test", "name": "Ana Ruiz"}],
        cc=[{"email": "cc@example.test"}],
        bcc=[{"email": "bcc@example.test"}],
        subject="Hello",
        headers={"List-Unsubscribe": "<https://x.example.test/u>"},
        substitutions={"[%name%]": "Ana"},
        custom_args={"message_id": "m1"},
        send_at=STAMP + 72 * 3600,
        **{"from": {"email": "other@firm.example.test"}},
    ),
    "substitutions of 10,000 bytes": with_one(substitutions={"-a-": "x" * 9_997}),
    "substitutions of 10,000 bytes in two-byte characters": with_one(substitutions={"ab": "é" * 4_999}),
    "custom_args of 10,000 bytes with the request's": {
        **with_one(custom_args={"a": "x" * 4_999}),
        "custom_args": {"b": "x" * 4_999},
    },
    "a moment that has passed": mail(send_at=STAMP - 3_600),
    "72 hours ahead": mail(send_at=STAMP + 72 * 3600),
    "ten categories": mail(categories=[str(n) for n in range(10)]),
    "text alone": mail(content=[{"type": "text/plain", "value": "Hello"}]),
    "a calendar after text and HTML": mail(
        content=[*mail()["content"], {"type": "text/calendar", "value": "x"}]
    ),
    "a subject in every personalization": {
        **{name: value for name, value in with_one(subject="Hello").items() if name != "subject"}
    },
    "a template without content": {
        name: value for name, value in mail(template_id="d-1").items() if name not in ("content", "subject")
    },
    "an attachment": mail(attachments=[{**FILE, "disposition": "inline", "content_id": "c1"}]),
    "settings": mail(
        tracking_settings={
            "click_tracking": {"enable": True, "enable_text": False},
            "open_tracking": {"enable": True},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": True, "utm_source": "letter"},
        },
        mail_settings={"footer": {"enable": True, "text": "a", "html": "b"}},
        asm={"group_id": 1, "groups_to_display": [1, 2]},
        ip_pool_name="one",
        batch_id="b",
    ),
    "a long address": mail("a" * 64 + "@example.test"),
}

REFUSED: dict[str, tuple[Any, str | None]] = {
    "no object": ([], None),
    "no sender": (without("from"), "from"),
    "no personalizations": (without("personalizations"), "personalizations"),
    "an empty list of personalizations": (mail(personalizations=[]), "personalizations"),
    "1,001 personalizations": (many(1_001), "personalizations"),
    "1,001 recipients in all": (
        with_one(cc=[{"email": f"c{n}@example.test"} for n in range(1_000)]),
        "personalizations",
    ),
    "a personalization that is no object": (mail(personalizations=["ana"]), "personalizations.0"),
    "no recipient": (mail(personalizations=[{}]), "personalizations.0.to"),
    "an empty list of recipients": (with_one(to=[]), "personalizations.0.to"),
    "a recipient that is no object": (with_one(to=["a@example.test"]), "personalizations.0.to.0"),
    "a recipient without address": (with_one(to=[{"name": "Ana"}]), "personalizations.0.to.0.email"),
    "no address": (mail("ana"), "personalizations.0.to.0.email"),
    "an address with a line break": (mail("ana@example.test\n"), "personalizations.0.to.0.email"),
    "two addresses in one": (mail("a@example.test,b@example.test"), "personalizations.0.to.0.email"),
    "an address beyond ASCII": (mail("aña@example.test"), "personalizations.0.to.0.email"),
    "an address without a domain's end": (mail("ana@localhost"), "personalizations.0.to.0.email"),
    "an address over 320 characters": (mail(ADDRESS_OF_320 + "c"), "personalizations.0.to.0.email"),
    "an address of another type": (with_one(to=[{"email": 1}]), "personalizations.0.to.0.email"),
    "a bad cc": (with_one(cc=[{"email": "x"}]), "personalizations.0.cc.0.email"),
    "a name with a semicolon": (
        with_one(to=[{"email": "a@example.test", "name": "Ruiz; Ana"}]),
        "personalizations.0.to.0.name",
    ),
    "a name with a comma": (
        with_one(to=[{"email": "a@example.test", "name": "Ruiz, Ana"}]),
        "personalizations.0.to.0.name",
    ),
    "a name with a line break": (
        with_one(to=[{"email": "a@example.test", "name": "Ana\r\nBcc: x"}]),
        "personalizations.0.to.0.name",
    ),
    "a name that is a list": (
        with_one(to=[{"email": "a@example.test", "name": ["Ana"]}]),
        "personalizations.0.to.0.name",
    ),
    "a property that addresses don't have": (
        with_one(to=[{"email": "a@example.test", "type": "x"}]),
        "personalizations.0.to.0.type",
    ),
    "an address twice in to": (
        with_one(to=[{"email": "a@example.test"}, {"email": "A@example.test"}]),
        "personalizations.0.to.1.email",
    ),
    "an address in to and bcc": (
        with_one(bcc=[{"email": "Ana@example.test"}]),
        "personalizations.0.bcc.0.email",
    ),
    "a number to substitute": (with_one(substitutions={"-a-": 1}), "personalizations.0.substitutions.-a-"),
    "substitutions over 10,000 bytes": (
        with_one(substitutions={"-a-": "x" * 9_998}),
        "personalizations.0.substitutions",
    ),
    "substitutions over 10,000 bytes in two-byte characters": (
        with_one(substitutions={"ab": "é" * 5_000}),
        "personalizations.0.substitutions",
    ),
    "a line break in the place of a tag in the subject": (
        {**with_one(substitutions={"-a-": "x\r\nBcc: y"}), "subject": "Hello -a-"},
        "personalizations.0.substitutions.-a-",
    ),
    "custom_args over 10,000 bytes": (
        with_one(custom_args={"a": "x" * 10_000}),
        "personalizations.0.custom_args",
    ),
    "custom_args over 10,000 bytes with the request's": (
        {**with_one(custom_args={"a": "x" * 5_000}), "custom_args": {"b": "x" * 4_999}},
        "personalizations.0.custom_args",
    ),
    "empty custom_args": (with_one(custom_args={}), "personalizations.0.custom_args"),
    "a number among custom_args": (with_one(custom_args={"a": 1}), "personalizations.0.custom_args.a"),
    "custom_args as a string": (mail(custom_args="a"), "custom_args"),
    "headers that are no object": (with_one(headers=["X-A"]), "personalizations.0.headers"),
    "a header value with a line break": (
        with_one(headers={"X-A": "b\r\nBcc: x"}),
        "personalizations.0.headers.X-A",
    ),
    "a header name with a space": (with_one(headers={"X A": "b"}), "personalizations.0.headers"),
    "a header twice": (with_one(headers={"X-A": "b", "x-a": "c"}), "personalizations.0.headers"),
    "a header of SendGrid's own": (
        with_one(headers={"reply-to": "b"}),
        "personalizations.0.headers.reply-to",
    ),
    "a header of SendGrid's own for all": (mail(headers={"DKIM-Signature": "b"}), "headers.DKIM-Signature"),
    "an empty subject": (mail(subject=""), "subject"),
    "a subject of two lines": (mail(subject="Hello\nthere"), "subject"),
    "no subject": (without("subject"), "subject"),
    "no content": (without("content"), "content"),
    "an empty list of content": (mail(content=[]), "content"),
    "content without value": (mail(content=[{"type": "text/plain"}]), "content.0.value"),
    "empty content": (mail(content=[{"type": "text/plain", "value": ""}]), "content.0.value"),
    "HTML before text": (mail(content=mail()["content"][::-1]), "content"),
    "a content type with a parameter": (
        mail(content=[{"type": "text/html; charset=x", "value": "x"}]),
        "content.0.type",
    ),
    "eleven categories": (mail(categories=[str(n) for n in range(11)]), "categories"),
    "a category over 255 characters": (mail(categories=["x" * 256]), "categories.0"),
    "a category twice": (mail(categories=["a", "a"]), "categories.1"),
    "a category beyond ASCII": (mail(categories=["é"]), "categories.0"),
    "more than 72 hours ahead": (mail(send_at=STAMP + 72 * 3600 + 1), "send_at"),
    "more than 72 hours ahead for one": (
        with_one(send_at=STAMP + 72 * 3600 + 1),
        "personalizations.0.send_at",
    ),
    "send_at in words": (mail(send_at="tomorrow"), "send_at"),
    "send_at as true": (mail(send_at=True), "send_at"),
    "a bad reply-to": (mail(reply_to={"email": "x"}), "reply_to.email"),
    "both reply-to and a list": (
        mail(reply_to={"email": "a@example.test"}, reply_to_list=[{"email": "b@example.test"}]),
        "reply_to_list",
    ),
    "a reply-to twice in the list": (
        mail(reply_to_list=[{"email": "b@example.test"}] * 2),
        "reply_to_list.1",
    ),
    "an attachment that is not base64": (
        mail(attachments=[{**FILE, "content": "*"}]),
        "attachments.0.content",
    ),
    "an attachment without a name": (mail(attachments=[{"content": "eA=="}]), "attachments.0.filename"),
    "an attachment whose name breaks the line": (
        mail(attachments=[{**FILE, "filename": "a\r\nb"}]),
        "attachments.0.filename",
    ),
    "a disposition of its own": (
        mail(attachments=[{**FILE, "disposition": "x"}]),
        "attachments.0.disposition",
    ),
    "an unsubscribe group without id": (mail(asm={}), "asm.group_id"),
    "26 groups to display": (
        mail(asm={"group_id": 1, "groups_to_display": list(range(26))}),
        "asm.groups_to_display",
    ),
    "a pool name of one letter": (mail(ip_pool_name="a"), "ip_pool_name"),
    "a setting in words": (
        mail(tracking_settings={"click_tracking": {"enable": "yes"}}),
        "tracking_settings.click_tracking.enable",
    ),
    "two bypasses": (
        mail(
            mail_settings={
                "bypass_list_management": {"enable": True},
                "bypass_spam_management": {"enable": True},
            }
        ),
        "mail_settings.bypass_list_management",
    ),
    "a field that SendGrid doesn't have": ({**mail(), "to": "x"}, "to"),
    "a field that personalizations don't have": (with_one(name="x"), "personalizations.0.name"),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=list(ACCEPTED))
def test_accepts(body: dict[str, Any]) -> None:
    """What SendGrid takes is taken, and every recipient is found."""
    checked = check(body)
    wanted = [
        (index, entry["email"])
        for index, one in enumerate(body["personalizations"])
        for kind in ("to", "cc", "bcc")
        for entry in one.get(kind, [])
    ]
    assert checked.recipients == wanted


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=list(REFUSED))
def test_refuses_by_name(body: Any, field: str | None) -> None:
    """What SendGrid refuses is refused with just the field that is at fault."""
    assert faults(body) == [field]


def test_names_every_fault_at_once() -> None:
    """A caller learns of all faults in one answer, also of single members among many."""
    body = many(10)
    body["personalizations"][3]["to"][0]["email"] = "nobody"
    body["personalizations"][7]["custom_args"] = {}
    body["categories"] = ["a", "a"]
    wanted = ["categories.1", "personalizations.3.to.0.email", "personalizations.7.custom_args"]
    assert faults(body) == wanted


def test_errors_have_sendgrids_shape() -> None:
    """Each error is message, field and a page that helps, without indexes in its address."""
    with pytest.raises(MailError) as refused:
        check(mail("nobody"))
    (error,) = refused.value.errors
    assert error.keys() == {"message", "field", "help"}
    assert (error["help"] or "").endswith("#message.personalizations.to.email")


@pytest.mark.parametrize(
    "spoilt", [{"custom_args": {}}, {"custom_args": 5}, {"substitutions": [1]}, {"to": [5]}, {"subject": 1}]
)
def test_lists_a_hundred_faults_at_most(spoilt: dict[str, Any]) -> None:
    """A hopeless request doesn't make a boundless answer, nor break what comes after the hundredth fault."""
    assert len(faults({**many(1_000, **spoilt), "content": [5], "mail_settings": 5})) == 100


def test_notes_an_address_that_comes_twice() -> None:
    """The same address in two personalizations is allowed, and noticed."""
    assert check(ACCEPTED["an address again in another personalization"]).one_address_twice
    assert not check(many(2)).one_address_twice


def test_knows_a_request_that_only_wants_to_be_checked() -> None:
    """SendGrid's own sandbox mode asks for a check without a letter."""
    assert check(mail(mail_settings={"sandbox_mode": {"enable": True}})).only_checked
    assert not check(mail()).only_checked


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.sampled_from([[], ["x"], {}, {"x": "y"}]),
    st.sampled_from(["a@example.test", "x\r\ny", "é" * 2_000, "x" * 10_001, "a;b", "a,b", "Reply-To"]),
)
ODD_MAP = st.dictionaries(
    st.one_of(st.text(max_size=3), st.sampled_from(["X-A", "To", "-a-"])), ODD, max_size=3
)
ODD_PERSONALIZATION = st.fixed_dictionaries(
    {
        "to": st.one_of(
            st.lists(st.fixed_dictionaries({"email": ODD}, optional={"name": ODD, "x": ODD}), max_size=2), ODD
        )
    },
    optional={
        "headers": st.one_of(ODD_MAP, ODD),
        "substitutions": st.one_of(ODD_MAP, ODD),
        "custom_args": st.one_of(ODD_MAP, ODD),
        "subject": ODD,
        "y": ODD,
    },
)


@given(st.lists(st.one_of(ODD_PERSONALIZATION, ODD), min_size=1, max_size=4))
def test_the_quick_check_never_passes_what_the_full_one_refuses(personalizations: list[Any]) -> None:
    """The quick way is only a quick way: whatever it lets through, the full check lets through as well."""
    shared = Shared(subject="Hello -a-", custom_args={"k": "v"}, now=NOW.timestamp())
    quick = QuickCheck(shared)
    for one in personalizations:
        address = quick(copy.deepcopy(one))
        if address is not None:
            refusals = Refusals()
            # Nothing with cc is ordinary: so the full check runs.
            found = check_personalizations(refusals, [{**one, "cc": []}], shared)
            assert (refusals.items, found) == ([], [(0, address)])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.update(headers={"X-A": "x\ny"}),
        lambda one: one.update(headers={"X-A": 1}),
        lambda one: one.update(headers=["X-A"]),
        lambda one: one.update(substitutions={"-a-": "x\ny"}),
        lambda one: one.update(custom_args={"a": "x" * 10_000}),
    ],
)
def test_the_quick_check_looks_at_each_anew(spoil: Callable[[dict[str, Any]], None]) -> None:
    """What one personalization passed, remembered names and tags included, doesn't excuse the next."""
    good = {"headers": {"X-A": "b"}, "substitutions": {"-a-": "Ana"}, "custom_args": {"a": "b"}}
    body = many(3, **good)
    body["subject"] = "Hello -a-"
    check(body)
    spoil(body["personalizations"][1])
    (field,) = faults(body)
    assert (field or "").startswith("personalizations.1.")
