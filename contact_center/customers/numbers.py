"""Phone numbers as callers present them, made comparable: E.164, or nothing."""

import re

import phonenumbers
from phonenumbers import PhoneNumberType

_SIP_USER = re.compile(r"^(?:sips?|tel):(?P<user>[^@;?]*)", re.IGNORECASE)


COSTLY = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
"""Kinds of numbers nobody is called back at: dear ones, and those no caller has."""


def callable_back(raw: str, region: str) -> str | None:
    """The E.164 form of a number that a caller may be called back at, None for any other.

    It must be valid in its country's plan, and of no kind that is `COSTLY` (toll fraud).
    """
    e164 = normalise(raw, region)
    if e164 is None:
        return None
    number = phonenumbers.parse(e164, region)
    costly = phonenumbers.number_type(number) in COSTLY
    return e164 if phonenumbers.is_valid_number(number) and not costly else None


def normalise(raw: str, region: str) -> str | None:
    """The E.164 form (`+12025550100`) of what a caller presented, or None when it is no public number.

    Anonymous and withheld callers, extensions and free text give None. `region` is the country of numbers
    written without a country code. A number only has to be *possible* (length and prefix): numbering plans
    grow faster than libraries, and a customer must not be lost to that.
    """
    match = _SIP_USER.match(raw.strip())
    text = match["user"] if match else raw.strip()
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
