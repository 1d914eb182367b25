"""What authors have written of flows and not yet deployed: one draft per flow, kept beside the ledger."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from contact_center.ivr.deployment import write_whole
from contact_center.runtime.errors import Conflict, NotFound
from contact_center.runtime.sentences import sentence

DRAFTS = "drafts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text of a flow under work. `revision` names this state of it; `saved_at` is epoch seconds."""

    flow: str
    source: str
    revision: str
    author: str
    saved_at: float


class Drafts:
    """Drafts as files; each is whole or as it was before, whatever happens while it is written."""

    def __init__(self, archive: Path) -> None:
        self._folder = archive / DRAFTS

    def all(self) -> list[Draft]:
        """Every draft, by flow."""
        if not self._folder.is_dir():
            return []
        found = (self.of(file.stem) for file in sorted(self._folder.glob("*.json")))
        return [draft for draft in found if draft is not None]

    def of(self, flow: str) -> Draft | None:
        """The draft of a flow, if there is one that can be read."""
        try:
            return Draft(**json.loads(self._file(flow).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, flow: str, source: str, *, after: str, author: str, at: float) -> Draft:
        """Keep a text; `after` is the revision it was made from ("": there was no draft).

        Raises `Conflict` when somebody has saved another one since.
        """
        kept = self.of(flow)
        if (kept.revision if kept is not None else "") != after:
            who = kept.author if kept is not None else "somebody"
            raise Conflict(
                "draft",
                sentence("{author} has changed the draft of {flow!r} meanwhile.", author=who, flow=flow),
            )
        key = f"{at:.6f}\n{author}\n{source}"
        revision = hashlib.sha256(key.encode()).hexdigest()[:16]
        draft = Draft(flow=flow, source=source, revision=revision, author=author, saved_at=at)
        write_whole(self._file(flow), json.dumps(asdict(draft)).encode())
        return draft

    def drop(self, flow: str, revision: str) -> None:
        """Throw a draft away; raises `NotFound`, or `Conflict` when it is another one by now."""
        kept = self.of(flow)
        if kept is None:
            raise NotFound(f"There is no draft of {flow!r}.")
        if kept.revision != revision:
            raise Conflict(
                "draft",
                sentence(
                    "{author} has changed the draft of {flow!r} meanwhile.", author=kept.author, flow=flow
                ),
            )
        self._file(flow).unlink(missing_ok=True)

    def _file(self, flow: str) -> Path:
        return self._folder / f"{flow}.json"
