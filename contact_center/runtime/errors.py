"""What a room answers when it must refuse: raised by services, turned into problem details by `web`."""


class Conflict(Exception):  # noqa: N818  # named for what the caller meets (HTTP 409), as the contract does
    """The request does not fit the present state. `code` is for programs, `detail` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class NotFound(Exception):  # noqa: N818  # as above (HTTP 404)
    """The thing named is not here. `detail` says which."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
