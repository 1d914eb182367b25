"""Identifiers: short, unique, sortable by time, and safe in URLs, SIP headers and file names."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case."""


def new_id(prefix: str) -> str:
    """`prefix-` and 16 characters: 45 bits of milliseconds, 35 random bits."""
    value = (time.time_ns() // 1_000_000) << 35 | secrets.randbits(35)
    digits = []
    for _ in range(16):
        value, digit = divmod(value, 32)
        digits.append(_ALPHABET[digit])
    return f"{prefix}-{''.join(reversed(digits))}"
