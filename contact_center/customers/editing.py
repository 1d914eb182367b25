"""A record as a person writes it: held to what a row of an import is, all its faults named by field."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from contact_center.customers.numbers import normalise
from contact_center.customers.record import (
    LISTS,
    LONGEST,
    LONGEST_PURPOSE,
    LONGEST_VALUE,
    MOST_VALUES,
    Customer,
    CustomerKind,
)
from contact_center.customers.rows import is_mail_address


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDraft:
    """What a person may say of a customer. `contract_until` in epoch seconds; `consents` by purpose."""

    name: str
    kind: CustomerKind = "person"
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    language: str = "en"
    city: str = ""
    company: str = ""
    organisation: str | None = None
    preferred_agent: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    contract_until: float | None = None
    products: int | None = None
    no_profiling: bool = False
    consents: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """Why a draft cannot be kept, by field, in both languages."""

    field: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a draft may refer to, and the country of numbers written without one."""

    agents: Collection[str]
    organisations: Collection[str]
    region: str


def faults(draft: RecordDraft, known: Known, before: Customer | None = None) -> tuple[FieldFault, ...]:
    """Everything that is wrong with a draft; none for one that may be kept.

    A list that is too long in the record `before`, since a merge joined two, may stay as long as it is.
    """
    return (*_texts(draft), *_identities(draft, known, before), *_references(draft, known))


def written(draft: RecordDraft, before: Customer, region: str) -> Customer:
    """The record after a draft without faults; what a person does not write stays."""
    return replace(
        before,
        name=draft.name.strip(),
        kind=draft.kind,
        numbers=_once(normalise(n, region) or n for n in draft.numbers),
        emails=_once(mail.strip().lower() for mail in draft.emails),
        external_ids=_once(value.strip() for value in draft.external_ids),
        language=draft.language.strip(),
        city=draft.city.strip(),
        company=draft.company.strip(),
        organisation=draft.organisation,
        preferred_agent=draft.preferred_agent,
        notes=draft.notes.strip(),
        tags=_once(tag.strip() for tag in draft.tags),
        contract_until=draft.contract_until,
        products=draft.products,
        no_profiling=draft.no_profiling,
    )


def changed(before: Customer, after: Customer) -> tuple[str, ...]:
    """The names of the fields that are not the same, for the audit: never their values."""
    names = RecordDraft.__dataclass_fields__.keys() - {"consents"}
    return tuple(sorted(name for name in names if getattr(before, name) != getattr(after, name)))


def _once(values: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _texts(draft: RecordDraft) -> Iterator[FieldFault]:
    if not draft.name.strip():
        yield FieldFault(field="name", en="A name is needed.", zh="必须填写名称。")
    if not draft.language.strip():
        yield FieldFault(field="language", en="A language is needed.", zh="必须选择语言。")
    for name, longest in LONGEST.items():
        text = getattr(draft, name) or ""
        if len(text) > longest:
            yield _too_long(name, longest)
        elif "\x00" in text:
            yield FieldFault(field=name, en="Holds a null character.", zh="含有空字符。")
    if draft.products is not None and not 0 <= draft.products <= 1000:
        yield FieldFault(field="products", en="Must lie between 0 and 1000.", zh="须在 0 与 1000 之间。")
    if draft.contract_until is not None and not 0 <= draft.contract_until < 1e11:
        yield FieldFault(field="contract_until", en="This is no date.", zh="日期无效。")


def _identities(draft: RecordDraft, known: Known, before: Customer | None) -> Iterator[FieldFault]:
    for name in LISTS:
        values = getattr(draft, name)
        most = max(MOST_VALUES, len(getattr(before, name)) if before is not None else 0)
        if len(values) > most:
            en, zh = f"No more than {most} can be kept.", f"最多 {most} 项。"
            yield FieldFault(field=name, en=en, zh=zh)
        if any(len(value) > LONGEST_VALUE for value in values):
            yield _too_long(name, LONGEST_VALUE)
    for number in draft.numbers:
        if normalise(number, known.region) is None:
            yield FieldFault(
                field="numbers", en=f"{number} is no phone number.", zh=f"{number} 不是电话号码。"
            )
    for mail in draft.emails:
        if not is_mail_address(mail.strip()):
            yield FieldFault(
                field="emails", en=f"{mail} is no e-mail address.", zh=f"{mail} 不是电子邮件地址。"
            )


def _references(draft: RecordDraft, known: Known) -> Iterator[FieldFault]:
    if draft.preferred_agent is not None and draft.preferred_agent not in known.agents:
        yield FieldFault(
            field="preferred_agent",
            en=f"There is no agent {draft.preferred_agent}.",
            zh=f"没有坐席 {draft.preferred_agent}。",
        )
    if draft.organisation is not None and draft.organisation not in known.organisations:
        yield FieldFault(
            field="organisation",
            en=f"There is no organisation {draft.organisation}.",
            zh=f"没有单位 {draft.organisation}。",
        )
    for purpose in draft.consents:
        if not purpose.strip():
            yield FieldFault(field="consents", en="A consent needs a purpose.", zh="必须填写授权用途。")
        elif len(purpose) > LONGEST_PURPOSE:
            yield _too_long("consents", LONGEST_PURPOSE)


def _too_long(name: str, longest: int) -> FieldFault:
    return FieldFault(field=name, en=f"Longer than {longest} characters.", zh=f"超过 {longest} 个字符。")
