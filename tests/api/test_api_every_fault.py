"""Every faulty field is named at once, whichever kind of fault it is."""

from flask.testing import FlaskClient


def test_faults_of_all_kinds_are_named_together(http: FlaskClient, intake_key: str) -> None:
    """Wrong types, impossible values and what does not fit the questionnaire stand in one answer."""
    answer = http.post(
        "/v1/assessments",
        headers={"Authorization": f"Bearer {intake_key}"},
        json={
            "instrument": "job-career",
            "client": {"email": "bad@@x", "name": "{{x}}", "time_zone": "localtime", "stage": "king"},
            "answers": {"ZZ": 3, "H1": 9, "S1": "4"},
            "importance": {"foo": 3},
            "consent": {"profiling": False, "email": True, "text_version": "2026-11"},
        },
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["errors"]) == {
        "client.email",
        "client.name",
        "client.time_zone",
        "client.stage",
        "answers.ZZ",
        "answers.H1",
        "answers.S1",
        "importance.foo",
        "consent.profiling",
    }


def test_a_changed_client_has_every_fault_named(http: FlaskClient, manage_key: str) -> None:
    """The same holds for adding a client."""
    answer = http.post(
        "/v1/clients",
        headers={"Authorization": f"Bearer {manage_key}"},
        json={
            "email": "\u00e4@example.test",
            "name": "a\u202eb",
            "time_zone": "europe/paris",
            "stage": "king",
        },
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["errors"]) == {"email", "name", "time_zone", "stage"}
