"""The texts that a person reads, by gettext: English in the source, others from `locale/`.

A session speaks the first language that it can of: the address's `lang`, kept for the whole
visit, and the browser's own. `make locale` compiles what translators write.
"""

from __future__ import annotations

import gettext
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import SCRIPT_RUN_CONTEXT_ATTR_NAME

from lrlab.sentence import Sentence

LANGUAGES = ("en", "pt")
_LOCALE = Path(__file__).with_name("locale")
_KEPT = "language"

Said = TypeVar("Said")


def language() -> str:
    """Return the language of the session, "en" where there is none."""
    asked = st.session_state.get(_KEPT) or st.context.locale or ""
    return next((known for known in LANGUAGES if asked.lower().startswith(known)), LANGUAGES[0])


def listen() -> None:
    """Take the language that the address asks for, if it names one that there is."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state[_KEPT] = asked


def spoken(function: Callable[[], Said]) -> Callable[[], Said]:
    """Keep what a function without arguments returns, once for each language."""
    say = cache(lambda language: function())
    return lambda: say(language())


def spoken_there(function: Callable[[], Said]) -> Callable[[], Said]:
    """Return `function` such that it speaks this session's language in a thread of its own.

    Streamlit makes what is downloaded in one, which knows no session.
    """
    context = get_script_run_ctx()

    def there() -> Said:
        thread = threading.current_thread()
        add_script_run_ctx(thread, context)
        try:
            return function()
        finally:
            # The thread serves other sessions after this one.
            delattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME)

    return there


def _(text: str) -> str:
    """Return `text` in the session's language; English where there is no translation."""
    return _translations(language()).gettext(text) if text else ""  # "" names a file's own facts


def verb(text: str) -> str:
    """Return what a button says that it does, where the same English word names a thing too."""
    return _translations(language()).pgettext("verb", text)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("lrlab", _LOCALE, [language], fallback=True)


def translated(text: str) -> str:
    """Return in the session's language what a room that knows no languages says."""
    return text.into(_) if isinstance(text, Sentence) else _(text)


def texts(*english: str) -> dict[str, str]:
    """Return English → translation, for the browser's modules."""
    return {text: _(text) for text in english}


def plain(text: str) -> str:
    """Return `text` such that Markdown shows it as it is: nothing in it is a link or an image."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
