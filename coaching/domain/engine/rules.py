"""The rules in the order in which they are looked at; the files beside this one hold them."""

from collections.abc import Callable
from datetime import datetime

from coaching.domain.engine.crowding_rules import budget, duplicate, merge, rank
from coaching.domain.engine.plan_rule import plan
from coaching.domain.engine.said import RuleSaid
from coaching.domain.engine.standing_rules import (
    allowlist,
    confirmation,
    consent,
    daily_cap,
    expiry,
    pause,
    silence,
    suppression,
    window,
)
from coaching.domain.engine.state import ClientState, LetterFacts

Rule = Callable[[LetterFacts, ClientState, datetime], RuleSaid]

RULES: tuple[Rule, ...] = (
    expiry,
    suppression,
    allowlist,
    consent,
    confirmation,
    daily_cap,
    pause,
    plan,
    silence,
    duplicate,
    rank,
    merge,
    budget,
    window,
)

# What a letter that rides in another has to pass once more when that one leaves.
RIDER_RULES: tuple[Rule, ...] = (expiry, suppression, consent, confirmation, plan)
