"""Money and quantities as whole ten-thousandths."""

from decimal import Decimal, InvalidOperation

_E4 = Decimal(10_000)
_MOST = 2**62


def e4(amount: Decimal) -> int:
    """The amount in ten-thousandths; raises `ValueError` when it is finer than that, or beyond all money."""
    try:
        scaled = amount * _E4
        whole = int(scaled)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError(f"{amount} is no amount") from error
    if whole != scaled or abs(whole) > _MOST:
        raise ValueError(f"{amount} has more than four decimals or is too large")
    return whole


def amount(whole: int) -> Decimal:
    return Decimal(whole) / _E4
