"""Domain errors: a status and a sentence fit for the visitor. One handler in `core.web` answers them."""

from flask_babel import LazyString


class DomainError(Exception):
    """Something a visitor asked for cannot be done, and they can be told why.

    `status` is the HTTP status; `sentence` is translated when the answer is written.
    """

    status = 400

    def __init__(self, sentence: "str | LazyString") -> None:
        super().__init__(str(sentence) if isinstance(sentence, str) else "")
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class NotFound(DomainError):
    """There is nothing here under that name."""

    status = 404


class Gone(DomainError):
    """It was here, and it is over."""

    status = 410


class Forbidden(DomainError):
    """The visitor may not do this."""

    status = 403


class Conflict(DomainError):
    """The state of things does not allow it (any more)."""

    status = 409
