"""Texts: English where there is no translation, and Markdown's signs made harmless."""

from lrlab.ui.text import _, plain, texts


def test_a_text_without_translation_stays_english() -> None:
    assert _("Train") == "Train"
    assert texts("Train", "Pin") == {"Train": "Train", "Pin": "Pin"}


def test_a_link_in_plain_text_is_no_link_in_markdown() -> None:
    assert plain("![x](http://a)") == r"\!\[x\]\(http\:\/\/a\)"
