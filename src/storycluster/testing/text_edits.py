"""What outlets do to a text, one function an edit: ``(text, strength, rng, language) -> text``.

Paragraphs are parted by empty lines. A strength is counted in the edit's own unit (words, a share, a number of
places), named in ``storycluster.testing.EDITS``; at strength 0 every edit whose strength is a share or a count of
changes returns the text as it is. Scripts without spaces are edited two or three letters at a time.
"""

# ruff: noqa: ARG001 - all edits share one signature, whether or not they need chance or the language
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random

from storycluster.testing.grammar import BITS, capital, grammar

GAP = "\n\n"

_UNIT = re.compile(r"[぀-ヿ一-鿿]{1,2}|[฀-๿]{1,4}|[^\s぀-ヿ一-鿿฀-๿]+")
_SENTENCE_END = re.compile(r"(?<=[.!?।؟])\s+|(?<=[。！？])")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
_DEFINED = re.compile(r"[(（]([A-ZА-Я]{2,6})[)）]")
_UNSPACED = ("zh", "ja", "th")


def cut_bottom(text: str, share: float, rng: Random, language: str) -> str:
    """The text without its last part: ``share`` of its letters (0-1) go, to the nearest end of a sentence."""
    return _head(text, len(text) * (1 - share), language) if share > 0 else text


def cut_middle(text: str, share: float, rng: Random, language: str) -> str:
    """The text without some paragraphs in the middle: about ``share`` of its letters (0-1)."""
    paragraphs = text.split(GAP)
    wanted = share * len(text)
    first = 1 + rng.randrange(max(1, len(paragraphs) // 3))
    last = first
    removed = 0
    while last < len(paragraphs) - 1 and removed + len(paragraphs[last]) / 2 < wanted:
        removed += len(paragraphs[last])
        last += 1
    return GAP.join(paragraphs[:first] + paragraphs[last:])


def stub(text: str, words: float, rng: Random, language: str) -> str:
    """The first so many words, then an ellipsis, as in front of a paywall."""
    letters = grammar(language).letters_per_word
    if letters:
        kept = text[: int(words * letters)]
    else:
        ends = [match.end() for match in re.finditer(r"\S+", text)]
        kept = text[: ends[int(words) - 1]] if 0 < words < len(ends) else text
    return kept if len(kept) == len(text) else kept.rstrip(" ,;:\n") + "…"


def keep_version(text: str, share: float, rng: Random, language: str) -> str:
    """An earlier version: the first ``share`` (0-1) of the text, with one sentence that a later version drops."""
    head = _head(text, len(text) * share, language)
    return head if share >= 1 else GAP.join([head, *grammar(language).paragraphs(rng, _strangers(rng, language), 12)])


def extend_end(text: str, share: float, rng: Random, language: str) -> str:
    """New paragraphs at the end: ``share`` of the text's own length (0.3 = 30 %)."""
    return GAP.join([text, *_new_paragraphs(text, share, rng, language)]) if share > 0 else text


def extend_start(text: str, share: float, rng: Random, language: str) -> str:
    """New paragraphs at the start: ``share`` of the text's own length (0.3 = 30 %)."""
    return GAP.join([*_new_paragraphs(text, share, rng, language), text]) if share > 0 else text


def weave(text: str, share: float, rng: Random, language: str) -> str:
    """New paragraphs between the old ones, as where two dispatches are merged: ``share`` of the text's length."""
    paragraphs = text.split(GAP)
    for new in _new_paragraphs(text, share, rng, language) if share > 0 else ():
        paragraphs.insert(1 + rng.randrange(len(paragraphs)), new)
    return GAP.join(paragraphs)


def rewrite(text: str, share: float, rng: Random, language: str) -> str:
    """``share`` (0-1) of the paragraphs told in other words: replaced by new ones of about their length."""
    paragraphs = text.split(GAP)
    made = grammar(language)
    strangers = _strangers(rng, language)
    for index in rng.sample(range(len(paragraphs)), round(share * len(paragraphs))):
        paragraphs[index] = made.space.join(made.paragraphs(rng, strangers, made.length(paragraphs[index])))
    return GAP.join(paragraphs)


def reorder(text: str, swaps: float, rng: Random, language: str) -> str:
    """Paragraphs below the first one change places, so many times."""
    paragraphs = text.split(GAP)
    for _ in range(int(swaps) if len(paragraphs) > 2 else 0):
        a, b = rng.sample(range(1, len(paragraphs)), 2)
        paragraphs[a], paragraphs[b] = paragraphs[b], paragraphs[a]
    return GAP.join(paragraphs)


def reorder_sentences(text: str, swaps: float, rng: Random, language: str) -> str:
    """Neighboring sentences of a paragraph change places, so many times."""
    paragraphs = [_sentences(paragraph) for paragraph in text.split(GAP)]
    several = [sentences for sentences in paragraphs if len(sentences) > 1]
    for _ in range(int(swaps) if several else 0):
        sentences = several[rng.randrange(len(several))]
        at = rng.randrange(len(sentences) - 1)
        sentences[at], sentences[at + 1] = sentences[at + 1], sentences[at]
    space = "" if language in _UNSPACED else " "
    return GAP.join(space.join(sentences) for sentences in paragraphs)


def word_edits(text: str, per_350: float, rng: Random, language: str) -> str:
    """Scattered edits of single words: so many in each 350 words, three in five replaced, the rest cut or added."""
    made = grammar(language)
    pools = made.pools
    bits = rng.getrandbits

    def edit(word: str) -> str:
        draw = bits(10)
        new = pools["noun" if draw & 1 else "adj"][bits(BITS)]
        if draw < 614:
            core = word.rstrip(".,;:”\"'»。，、")
            return new + word[len(core) :]
        return "" if draw < 819 else word + made.space + new

    return _edit_words(text, per_350 / 350, rng, language, edit)


def typos(text: str, share: float, rng: Random, language: str) -> str:
    """Slips of the hand in ``share`` (0-1) of the words: letters swapped, dropped, doubled or taken for others."""
    letters = "".join(_LETTERS.findall(text[:400])) or "x"

    def edit(word: str) -> str:
        at = rng.randrange(len(word))
        kind = rng.randrange(4)
        if kind == 0 and at + 1 < len(word):
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind == 1 and len(word) > 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[: at + 1] + word[at:]
        return word[:at] + letters[rng.randrange(len(letters))] + word[at + 1 :]

    return _edit_words(text, share, rng, language, edit)


_CONFUSIONS = (
    *(("rn", "m"), ("m", "rn"), ("l", "1"), ("I", "l"), ("e", "c"), ("h", "b"), ("cl", "d")),
    *(("ш", "щ"), ("и", "н"), ("ح", "خ"), ("ن", "ت"), ("म", "भ"), ("日", "曰"), ("ー", "一"), ("ค", "ด"), ("어", "이")),
)


def ocr_noise(text: str, share: float, rng: Random, language: str) -> str:
    """What a scanner does to ``share`` (0-1) of the words: look-alike letters, words torn apart or run together."""

    def edit(word: str) -> str:
        fitting = [pair for pair in _CONFUSIONS if pair[0] in word]
        if fitting and rng.random() < 0.8:
            seen, read = fitting[rng.randrange(len(fitting))]
            return word.replace(seen, read, 1)
        at = rng.randrange(len(word)) + 1
        return word[:at] + " " + word[at:] if at < len(word) else word + word[-1]

    return _edit_words(text, share, rng, language, edit)


def expand_acronyms(text: str, times: float, rng: Random, language: str) -> str:
    """An acronym that the text defines once, "Full Name (FN)", is spelled out so many more times."""
    defined = _DEFINED.search(text)
    if defined is None:
        return text
    short = defined.group(1)
    gap = " " if text[defined.start() - 1 : defined.start()].isspace() else ""
    full = f"{_full_name(text[: defined.start()].rstrip(), short, language)}{gap}{defined.group()}"
    made = [text[: defined.end()]]
    last = defined.end()
    for at in _bare(text, short, last)[: int(times)]:
        made += [text[last:at], full]
        last = at + len(short)
    return "".join(made) + text[last:]


def collapse_acronyms(text: str, times: float, rng: Random, language: str) -> str:
    """Spelled-out names with their acronym, "Full Name (FN)", become the acronym alone, in so many places."""
    defined = _DEFINED.search(text)
    if defined is None:
        return text
    short = defined.group(1)
    full = _full_name(text[: defined.start()].rstrip(), short, language)
    gap = " " if text[defined.start() - 1 : defined.start()].isspace() else ""
    return text.replace(f"{full}{gap}{defined.group()}", short, int(times))


def spelling(text: str, share: float, rng: Random, language: str) -> str:
    """``share`` (0-1) of the words that have two spellings get the other one (labor, labour; ё, е; ß, ss …)."""
    other = _spellings(language)
    if language != "en":
        # Elsewhere the two spellings differ by letters, wherever these stand.
        for old, new in other.items():
            if old in text:
                parts = text.split(old)
                text = parts[0] + "".join((new if rng.random() < share else old) + part for part in parts[1:])
        return text
    present = [word for word in dict.fromkeys(_WORD.findall(text)) if word in other]
    for word in present:
        new = other[word]
        parts = _whole(word).split(text)
        text = parts[0] + "".join((new if rng.random() < share else word) + part for part in parts[1:])
    return text


_QUOTES = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"), ("”", "”"), ("「", "」"), ("‘", "’"))


def quote_style(text: str, style: float, rng: Random, language: str) -> str:
    """Other quotation marks: 1 straight, 2 « », 3 „ “, 4 ” ”, 5 「 」, 6 ‘ ’, 0 “ ”."""
    opening, closing = _QUOTES[int(style) % len(_QUOTES)]
    for old in ("„“",) if "„" in text else ("“”", "«»", "「」"):
        text = text.replace(old[0], "\x00").replace(old[1], "\x01")
    return text.replace("\x00", opening).replace("\x01", closing)


def dash_style(text: str, style: float, rng: Random, language: str) -> str:
    """Other dashes and hyphens: 0 em dash, 1 two hyphens, 2 spaced en dash; hyphens in words become U+2010 with 2."""
    kind = int(style) % 3
    dash = ("—", "--", " – ")[kind]
    text = text.replace(" – ", "—").replace("--", "—").replace("—", dash)
    return re.sub(r"-(?<=\w-)(?=\w)", "\u2010", text) if kind == 2 else text


def percent_style(text: str, style: float, rng: Random, language: str) -> str:
    """Percent as a sign (0) or as the language's first, second … word for it (1, 2 …), where it has one."""
    words: Sequence[str] = grammar(language).data.get("percent", ())
    if not words:
        return text
    chosen = "%" if int(style) == 0 else " " + words[min(int(style), len(words)) - 1]
    for name in ("%", *sorted(words, key=len, reverse=True)):
        if name in text:
            text = re.sub(rf"(\d)\s?{re.escape(name)}(?![^\W\d_])", lambda match: match.group(1) + "\x00", text)
    return text.replace("\x00", chosen)


def decompose(text: str, strength: float, rng: Random, language: str) -> str:
    """Unicode NFD: letters and their accents as separate characters (strength 0 leaves the text alone)."""
    return unicodedata.normalize("NFD", text) if strength > 0 else text


def no_break_spaces(text: str, share: float, rng: Random, language: str) -> str:
    """``share`` (0-1) of the spaces become non-breaking ones."""
    first, *rest = text.split(" ")
    chance = rng.random
    return first + "".join(["\u00a0" + part if chance() < share else " " + part for part in rest])


def dateline(text: str, style: float, rng: Random, language: str) -> str:
    """A place, perhaps a date and an agency in front, in the language's style number ``style`` (0, 1, 2 …)."""
    made = grammar(language)
    styles = made.lines("dateline")
    line = made.fill(styles[int(style) % len(styles)], _strangers(rng, language), rng)
    return f"{line}{made.space or ' '}{text}"


def credit(text: str, style: float, rng: Random, language: str) -> str:
    """An agency's credit: at the end in style 0, 1, 2 …; in parentheses in front of the text with style -1."""
    made = grammar(language)
    if style < 0:
        return f"({made.draw('agency', rng)}) {text}"
    styles = made.lines("credit")
    return GAP.join([text, made.fill(styles[int(style) % len(styles)], (), rng)])


def furniture(text: str, items: float, rng: Random, language: str) -> str:
    """So many lines of page furniture between the paragraphs: "ALSO READ", captions, newsletter boxes, markers."""
    paragraphs = text.split(GAP)
    for line in boxes(rng, language, int(items)):
        paragraphs.insert(1 + rng.randrange(len(paragraphs)), line)
    return GAP.join(paragraphs)


def footer(text: str, words: float, rng: Random, language: str) -> str:
    """So many words of the outlet's footer at the end (no more than the language's footer has, about 120)."""
    made = grammar(language)
    whole: str = made.data["furniture"]["footer"].strip()
    kept = whole[: int(words * made.letters_per_word)] if made.letters_per_word else _first_words(whole, int(words))
    return GAP.join([text, kept]) if kept else text


def correction(text: str, numbers: float, rng: Random, language: str) -> str:
    """So many of the text's numbers are corrected, each wherever its paragraph holds it."""
    found = list(dict.fromkeys(_NUMBER.findall(text)))
    found = [number for number in found if len(number) <= 3] or found
    changed: dict[str, str] = {}
    for old in rng.sample(found, min(int(numbers), len(found))):
        low = 10 ** (len(old) - 1) if len(old) > 1 else 1
        new = old
        while new == old or (new in found and len(found) < low):
            new = str(rng.randint(low, 10 * max(low, 1) - 1))
        changed[old] = new
    return _NUMBER.sub(lambda match: changed.get(match.group(), match.group()), text)


def boxes(rng: Random, language: str, items: int) -> list[str]:
    """Lines of page furniture in a language."""
    made = grammar(language)
    cast = _strangers(rng, language)
    cast[-1] = made.title(rng, cast)
    lines = made.lines("box")
    return [made.fill(lines[rng.randrange(len(lines))], cast, rng) for _ in range(items)]


def _strangers(rng: Random, language: str) -> list[str]:
    return grammar(language).new_cast(rng)


def _new_paragraphs(text: str, share: float, rng: Random, language: str) -> list[str]:
    made = grammar(language)
    return made.paragraphs(rng, made.new_cast(rng), share * made.length(text))


def _sentences(paragraph: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(paragraph) if sentence]


def _head(text: str, letters: float, language: str) -> str:
    kept: list[str] = []
    total = 0
    for paragraph in text.split(GAP):
        if total + len(paragraph) <= letters:
            kept.append(paragraph)
            total += len(paragraph) + len(GAP)
            continue
        part: list[str] = []
        for sentence in _sentences(paragraph):
            if (kept or part) and total + len(sentence) / 2 > letters:
                break
            part.append(sentence)
            total += len(sentence) + 1
        if part:
            kept.append(("" if language in _UNSPACED else " ").join(part))
        break
    return GAP.join(kept)


def _edit_words(text: str, share: float, rng: Random, language: str, edit: Callable[[str], str]) -> str:
    """``share`` of the words run through ``edit``; words at the edge of a paragraph stay."""
    if language in _UNSPACED:
        units = list(_UNIT.finditer(text))
        words = grammar(language).length(text)
        chosen = sorted(rng.sample(range(len(units)), min(len(units), round(share * words))))
        made: list[str] = []
        last = 0
        for index in chosen:
            made += [text[last : units[index].start()], edit(units[index].group())]
            last = units[index].end()
        return "".join(made) + text[last:]
    parts = text.split(" ")
    inner = [index for index, part in enumerate(parts) if part and "\n" not in part]
    for index in rng.sample(inner, min(len(inner), round(share * len(parts)))):
        parts[index] = edit(parts[index])
    return " ".join([part for part in parts if part])


def _first_words(text: str, words: int) -> str:
    return " ".join(text.split(" ")[:words])


def _bare(text: str, short: str, start: int) -> list[int]:
    """Where the acronym stands by itself: no letter of an alphabet and no parenthesis beside it."""
    places = []
    at = text.find(short, start)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(short) : at + len(short) + 1]
        if not any(char in "(（" or (char.isalpha() and char.lower() != char.upper()) for char in around):
            places.append(at)
        at = text.find(short, at + len(short))
    return places


def _full_name(before: str, short: str, language: str) -> str:
    """The name that stands before "(FN)": by its initials, else the last words or letters of the sentence."""
    words = before.rsplit(GAP, 1)[-1].split(" ")
    for count in range(len(short), min(len(words), len(short) + 3) + 1):
        tail = words[-count:]
        if "".join(word[0] for word in tail if word and word[0].isupper()) == short and tail[0][0].isupper():
            return " ".join(tail)
    return before[-6:] if language in _UNSPACED else " ".join(words[-3:])


@lru_cache(maxsize=512)
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"{word}(?<=\b{word})\b")


@lru_cache(maxsize=16)
def _spellings(language: str) -> dict[str, str]:
    pairs: dict[str, str] = grammar(language).data.get("spelling", {})
    if language != "en":
        return pairs
    both = {**{new: old for old, new in pairs.items()}, **pairs}
    return {**both, **{capital(old): capital(new) for old, new in both.items()}}
