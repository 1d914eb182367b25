"""Frozen dataclass unions to JSON text and back, validated; the only place that knows how.

A `Codec` is built once per type. `dump` never fails on a value of that type; `load` raises `CodecError`
naming the place and the fault.
"""

from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import Discriminator, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaValidator

T = TypeVar("T")
KEYS_ONLY: Final = CoreConfig(cache_strings="keys")
"""Names of fields come again and again and are kept; the texts beside them are mostly ids that never do."""


class CodecError(ValueError):
    """Text that is not a value of the expected type; the message says where and why."""


class Codec(Generic[T]):
    """Two-way JSON conversion for one type (a dataclass, or a union of dataclasses told apart by `type`)."""

    def __init__(self, type_: Any, *, union: bool = False) -> None:
        shape: Any = type_
        if union:
            shape = Annotated[type_, Discriminator("type")]
        self._adapter: TypeAdapter[Any] = TypeAdapter(shape)
        self._reader = SchemaValidator(self._adapter.core_schema, KEYS_ONLY)

    def dump(self, value: T) -> bytes:
        return self._adapter.dump_json(value)

    def plain(self, value: T) -> Any:
        """The value as JSON-able Python (dicts, lists, str, float)."""
        return self._adapter.dump_python(value, mode="json")

    def load(self, text: bytes | str) -> T:
        try:
            value: T = self._reader.validate_json(text)
        except ValidationError as error:
            raise CodecError(_faults(error)) from error
        return value

    def from_plain(self, value: Any) -> T:
        try:
            loaded: T = self._reader.validate_python(value)
        except ValidationError as error:
            raise CodecError(_faults(error)) from error
        return loaded

    def json_schema(self) -> dict[str, Any]:
        return self._adapter.json_schema()


def _faults(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors())
