"""Sentences made far from any screen, which a screen can still say in another language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Sentence(str):
    """An English sentence that knows its template and the values in it.

    It is the text that `str.format` makes of them, and usable as any text. Values may be
    sentences themselves: parts of this one. A template without values is taken as it is.

    >>> part = Sentence("a number from {low}", low=0)
    >>> whole = Sentence("is {lr:g}; allowed is {part}.", lr=-1.0, part=part)
    >>> whole
    'is -1; allowed is a number from 0.'
    >>> whole.into({"a number from {low}": "um número a partir de {low}"}.get)
    'is -1; allowed is um número a partir de 0.'
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Sentence:
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.template,), self.values

    def into(self, translate: Callable[[str], str | None]) -> str:
        """Return the sentence in another language, which `translate` speaks.

        A template that it does not know stays as it is.
        """
        template = (translate(self.template) if self.template else "") or self.template
        values = {name: each.into(translate) if isinstance(each, Sentence) else each
                  for name, each in self.values.items()}  # fmt: skip
        return template.format(**values) if values else template


def either(words: Sequence[str]) -> Sentence:
    """Return one or more words as the choice between them.

    >>> either(["sgd"]), either(["sgd", "adam", "lion"])
    ('sgd', 'sgd, adam or lion')
    """
    if len(words) == 1:
        return Sentence("{word}", word=words[0])
    return Sentence("{some} or {last}", some=", ".join(words[:-1]), last=words[-1])
