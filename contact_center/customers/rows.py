"""One row of an import as a customer, a transaction or a benefit - or the reason why not."""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final, get_args

from contact_center.customers.numbers import normalise
from contact_center.customers.record import (
    LONGEST,
    LONGEST_PURPOSE,
    LONGEST_VALUE,
    MOST_VALUES,
    Consent,
    Customer,
    CustomerKind,
    CustomerNote,
    Expectation,
    Organisation,
)
from contact_center.loyalty.ledger import BENEFIT_KINDS, TRANSACTION_KINDS, Benefit, Transaction
from contact_center.loyalty.measures import SCALES, SurveyAnswer

CUSTOMER_COLUMNS: Final = (*(f.name for f in fields(Customer) if f.name != "version"), "tier", "consents")
"""`tier` is what an export says was reckoned; an import leaves it to the reckoning."""
TRANSACTION_COLUMNS: Final = tuple(f.name for f in fields(Transaction))
BENEFIT_COLUMNS: Final = tuple(f.name for f in fields(Benefit))
SURVEY_COLUMNS: Final = tuple(f.name for f in fields(SurveyAnswer))
ORGANISATION_COLUMNS: Final = tuple(f.name for f in fields(Organisation))
EXPECTATION_COLUMNS: Final = tuple(f.name for f in fields(Expectation))
NOTE_COLUMNS: Final = tuple(f.name for f in fields(CustomerNote))
_LONGEST_ID: Final = 64


class Refused(Exception):  # noqa: N818  # says what happened to the row
    """The row cannot be taken; the message says which field and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer with the consents given in the same row."""

    customer: Customer
    consents: tuple[Consent, ...]


def customer_row(given: Mapping[str, Any], region: str, now: float) -> CustomerRow:
    """`numbers` become E.164, those without a country code as of `region`; raises `Refused`."""
    _known(given, CUSTOMER_COLUMNS)
    id_ = _text(given, "id", needed=True, longest=_LONGEST_ID)
    kind = _text(given, "kind") or "person"
    if kind not in get_args(CustomerKind):
        raise Refused(f"kind: {kind!r} is not one of {', '.join(get_args(CustomerKind))}")
    products = _number(given, "products")
    if products is not None and (products < 0 or products != int(products)):
        raise Refused("products: must be a whole number, not negative")
    customer = Customer(
        id=id_,
        name=_text(given, "name", needed=True, longest=LONGEST["name"]),
        kind=kind,  # type: ignore[arg-type]  # one of its values, looked at above
        numbers=tuple(_phone(number, region) for number in _list(given, "numbers")),
        emails=tuple(_mail(mail) for mail in _list(given, "emails")),
        external_ids=tuple(_list(given, "external_ids")),
        language=_text(given, "language", longest=LONGEST["language"]) or "en",
        city=_text(given, "city", longest=LONGEST["city"]),
        company=_text(given, "company", longest=LONGEST["company"]),
        organisation=_text(given, "organisation", longest=LONGEST["organisation"]) or None,
        preferred_agent=_text(given, "preferred_agent", longest=LONGEST["preferred_agent"]) or None,
        notes=_text(given, "notes", longest=LONGEST["notes"]),
        tags=tuple(_list(given, "tags")),
        since=_time(given, "since") or 0.0,
        contract_until=_time(given, "contract_until"),
        products=None if products is None else int(products),
        no_profiling=_truth(given.get("no_profiling"), "no_profiling"),
    )
    return CustomerRow(customer=customer, consents=tuple(_consents(given, id_, now)))


def transaction_row(given: Mapping[str, Any], now: float) -> Transaction:
    """Raises `Refused`."""
    _known(given, TRANSACTION_COLUMNS)
    kind = _text(given, "kind") or "order"
    if kind not in TRANSACTION_KINDS:
        raise Refused(f"kind: {kind!r} is not one of {', '.join(TRANSACTION_KINDS)}")
    quantity = _amount(given, "quantity", Decimal(1))
    if quantity <= 0:
        raise Refused("quantity: must be positive; a refund says so by its kind")
    return Transaction(
        id=_text(given, "id", needed=True, longest=_LONGEST_ID),
        customer=_text(given, "customer", needed=True, longest=_LONGEST_ID),
        at=_past(given, now),
        kind=kind,
        quantity=quantity,
        unit_price=_amount(given, "unit_price", None),
        unit_cost=_amount(given, "unit_cost", Decimal(0)),
        currency=_text(given, "currency", longest=3),
    )


def benefit_row(given: Mapping[str, Any], now: float) -> Benefit:
    """Raises `Refused`."""
    _known(given, BENEFIT_COLUMNS)
    kind = _text(given, "kind", needed=True)
    if kind not in BENEFIT_KINDS:
        raise Refused(f"kind: {kind!r} is not one of {', '.join(BENEFIT_KINDS)}")
    return Benefit(
        id=_text(given, "id", needed=True, longest=_LONGEST_ID),
        customer=_text(given, "customer", needed=True, longest=_LONGEST_ID),
        at=_past(given, now),
        kind=kind,
        amount=_amount(given, "amount", None),
    )


def survey_row(given: Mapping[str, Any], now: float) -> SurveyAnswer:
    """Raises `Refused`."""
    _known(given, SURVEY_COLUMNS)
    asked = _text(given, "question", needed=True)
    question = next((name for name in SCALES if name == asked), None)
    if question is None:
        raise Refused(f"question: {asked!r} is not one of {', '.join(SCALES)}")
    lowest, highest = SCALES[question]
    answer = _number(given, "answer")
    if answer is None or answer != int(answer) or not lowest <= answer <= highest:
        raise Refused(f"answer: {question} is answered with a whole number from {lowest} to {highest}")
    return SurveyAnswer(
        contact=_text(given, "contact", needed=True, longest=_LONGEST_ID),
        question=question,
        customer=_text(given, "customer", needed=True, longest=_LONGEST_ID),
        at=_past(given, now),
        answer=int(answer),
    )


def organisation_row(given: Mapping[str, Any]) -> Organisation:
    """Raises `Refused`."""
    _known(given, ORGANISATION_COLUMNS)
    return Organisation(
        id=_text(given, "id", needed=True, longest=_LONGEST_ID),
        name=_text(given, "name", needed=True, longest=200),
        parent=_text(given, "parent", longest=_LONGEST_ID) or None,
    )


def note_row(given: Mapping[str, Any], now: float) -> CustomerNote:
    """Raises `Refused`."""
    _known(given, NOTE_COLUMNS)
    return CustomerNote(
        id=_text(given, "id", needed=True, longest=_LONGEST_ID),
        customer=_text(given, "customer", needed=True, longest=_LONGEST_ID),
        at=_past(given, now),
        author=_text(given, "author", longest=64),
        text=_text(given, "text", needed=True, longest=100_000),
    )


def expectation_row(given: Mapping[str, Any], now: float) -> Expectation:
    """Raises `Refused`: a judgement is nobody's without its author and what it rests on."""
    _known(given, EXPECTATION_COLUMNS)
    due, probability = _time(given, "due_at"), _number(given, "probability")
    if due is None or due <= now:
        raise Refused("due_at: is missing or past")
    if probability is None or not 0 <= probability <= 1:
        raise Refused("probability: must be from 0 to 1")
    return Expectation(
        id=_text(given, "id", needed=True, longest=_LONGEST_ID),
        customer=_text(given, "customer", needed=True, longest=_LONGEST_ID),
        due_at=due,
        probability=probability,
        revenue=_amount(given, "revenue", None),
        cost=_amount(given, "cost", Decimal(0)),
        author=_text(given, "author", needed=True, longest=64),
        basis=_text(given, "basis", needed=True, longest=4000),
        at=_past(given, now),
    )


# -- fields ----------------------------------------------------------------------------------------------


def _known(given: Mapping[str, Any], columns: tuple[str, ...]) -> None:
    if "" in given:
        raise Refused(str(given[""]))
    if unknown := sorted(set(given) - set(columns)):
        raise Refused(f"no such column: {', '.join(unknown)}")


def _text(given: Mapping[str, Any], name: str, *, needed: bool = False, longest: int = 1000) -> str:
    value = given.get(name)
    text = "" if value is None else str(value).strip()
    if needed and not text:
        raise Refused(f"{name}: is missing")
    if len(text) > longest:
        raise Refused(f"{name}: is longer than {longest} characters")
    if "\x00" in text:
        raise Refused(f"{name}: holds a null character")
    return text


def _list(given: Mapping[str, Any], name: str) -> list[str]:
    value = given.get(name)
    parts = value if isinstance(value, list | tuple) else str(value or "").split(";")
    texts = [text for part in parts if (text := _text({name: part}, name, longest=LONGEST_VALUE))]
    if len(texts) > MOST_VALUES:
        raise Refused(f"{name}: more than {MOST_VALUES} values")
    return texts


def _phone(raw: str, region: str) -> str:
    number = normalise(raw, region)
    if number is None:
        raise Refused(f"numbers: {raw!r} is no phone number")
    return number


def _mail(raw: str) -> str:
    if not is_mail_address(raw):
        raise Refused(f"emails: {raw!r} is no e-mail address")
    return raw.lower()


def is_mail_address(text: str) -> bool:
    """Whether it has the form of one; whether somebody reads it only a mail can tell."""
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and " " not in text


def _number(given: Mapping[str, Any], name: str) -> float | None:
    text = _text(given, name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refused(f"{name}: {text!r} is no number")
    return value


def _amount(given: Mapping[str, Any], name: str, otherwise: Decimal | None) -> Decimal:
    text = _text(given, name, needed=otherwise is None)
    if not text and otherwise is not None:
        return otherwise
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
        raise Refused(f"{name}: {text!r} is no amount")
    if value != round(value, 4):
        raise Refused(f"{name}: {text!r} has more than four decimals")
    return value


def _time(given: Mapping[str, Any], name: str) -> float | None:
    """Epoch seconds from a number or an ISO 8601 time; without an offset it is UTC."""
    text = _text(given, name)
    if not text:
        return None
    try:
        parsed = dt.datetime.fromisoformat(text)
    except ValueError:
        return _number(given, name)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()


def _past(given: Mapping[str, Any], now: float) -> float:
    at = _time(given, "at")
    if at is None:
        raise Refused("at: is missing")
    if not 0 <= at <= now + 86_400:
        raise Refused("at: is before 1970 or in the future")
    return at


_TRUTHS: Final = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}


def _truth(value: Any, name: str) -> bool:
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUTHS:
        raise Refused(f"{name}: {text!r} is neither yes nor no")
    return _TRUTHS[text]


def _consents(given: Mapping[str, Any], customer: str, now: float) -> list[Consent]:
    """`marketing=yes;survey=no` in CSV, `{"marketing": true}` in JSON."""
    value = given.get("consents")
    pairs = (
        value.items()
        if isinstance(value, dict)
        else (p.partition("=")[::2] for p in _list(given, "consents"))
    )
    return [
        Consent(
            customer=customer,
            purpose=_text({"consents": purpose}, "consents", needed=True, longest=LONGEST_PURPOSE),
            granted=_truth(granted, f"consents.{purpose}"),
            at=now,
            source="import",
        )
        for purpose, granted in pairs
    ]


Parsed = CustomerRow | Transaction | Benefit | SurveyAnswer | Organisation | CustomerNote | Expectation
Parse = Callable[[Mapping[str, Any]], Parsed]
