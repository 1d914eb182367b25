"""Phone numbers as callers present them, made comparable: E.164, or nothing."""

import re

import phonenumbers

_SIP_USER = re.compile(r"^(?:sips?|tel):(?P<user>[^@;?]*)", re.IGNORECASE)


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
