"""Texts → Fingerprints: words in order with their flags, MinHash signatures, hash samples."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cache, partial
from itertools import pairwise

import numpy as np

from storycluster.columns import Array, Fingerprints
from storycluster.errors import RecipeError
from storycluster.folding import FOLDING_VERSION, folding
from storycluster.growing import put_rows, starts_of
from storycluster.kernels import texts as kernels
from storycluster.kernels.strings import LONGEST, STEP, encode_joined
from storycluster.kernels.texts import find_marked
from storycluster.settings import Settings
from storycluster.threads import map_threads, spans
from storycluster.utf8 import encode

log = logging.getLogger(__name__)

Clean = Callable[[str], str]
BLOCK_BYTES = 1 << 19
"""Texts are read in blocks of about so many bytes, so that what a block needs stays in the cache's reach."""
FEW_STRINGS = 1 << 11
"""Strings, of a headline's length, that are quicker read than shared among threads."""

COLUMNS = tuple(column.name for column in fields(Fingerprints) if column.name != "recipe")
STARTS = ("word_start", "sample_start")
"""Those that tell where rows begin."""

PROBES = (
    "“We won’t,” said J. Smith of U.S. Steel; 1,250.5 tons – “never” again. It's over.",
    "Straße, ﬁnally: CAFÉ Ёлка العَرَبِيّة हिन्दी ½ ①",
    "他说：「今天天气很好。」カメラ 한국어 กรุงเทพมหานคร „so“ »und« so 👩‍👩‍👧",
    '“Up 5%”, said А.С.Попов; "down (again)", wrote É.B., d’Élan. 가.나 ‘so’',
)
"""Texts whose fingerprint is part of the recipe: when the code makes something else of them, the recipe changes."""


@cache
def permutations(count: int, seed: int) -> tuple[Array, Array]:
    """Multipliers and offsets of datasketch's ``affine32`` scheme (datasketch 2.0, minhash.py, _init_permutations)."""
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, count, dtype=np.uint32)
    return a, b


def signature_length(settings: Settings) -> int:
    """Values of a signature: bands × rows."""
    bands, rows = settings.bands_rows
    return bands * rows


def sample_bound(settings: Settings) -> np.uint32:
    """The largest mixed shingle hash that is sampled: one in ``sample_rate`` of all 2^32 lies up to it."""
    return np.uint32((1 << 32) // settings.sample_rate - 1)


class Room(threading.local):
    """Arrays to work in, one set a thread: fresh memory for each block would cost as much as reading it."""

    MOST_BYTES = 8 * BLOCK_BYTES
    """Of text; what needs more gets memory of its own."""

    def __init__(self) -> None:
        self.data = np.empty(0, np.uint8)
        self.words = np.empty(0, np.uint32)
        self.flags = np.empty(0, np.uint8)
        self.sample, self.sample_place = np.empty((2, 0), np.uint32)

    def bytes(self, size: int) -> Array:
        """Places for so many bytes of text."""
        if size > self.MOST_BYTES:
            return np.empty(size, np.uint8)
        if self.data.size < size:
            self.data = np.empty(size, np.uint8)
        return self.data

    def reserve(self, words: int) -> None:
        """Have places for so many words."""
        if self.words.size < words:
            self.words = np.empty(words, np.uint32)
            self.flags = np.empty(words, np.uint8)
            self.sample, self.sample_place = np.empty((2, words), np.uint32)


ROOM = Room()


def encode_texts(texts: Sequence[str]) -> tuple[Array, Array]:
    """Texts in UTF-8 (uint8), lone surrogates included, and where each begins (int64).

    The bytes may stand in the room of the calling thread: they hold until it encodes other texts.
    """
    if len(texts) == 1:  # quicker than to have a kernel look at it
        alone = bytearray(encode(texts[0]))  # writable: kernels would be compiled once more for what isn't
        return np.frombuffer(alone, np.uint8), np.array([0, len(alone)])
    start = starts_of(np.fromiter(map(len, texts), np.int64, len(texts)))
    data, byte_start = ROOM.bytes(LONGEST * int(start[-1]) + STEP), np.empty_like(start)
    encode_joined("".join(texts), start, data, byte_start)
    return data[: byte_start[-1]], byte_start


def clean_texts(data: Array, text_start: Array, marked: Iterable[tuple[int, str]], clean: Clean) -> tuple[Array, Array]:
    """Texts in UTF-8, and where each begins, after markup was taken off.

    Args:
        data: uint8: the texts in UTF-8.
        text_start: int64 (texts + 1): where each begins.
        marked: Place, ascending, and text of those that hold a "<" or a "&"; the others come back as they are.
        clean: Takes markup off.
    """
    plain = ((row, text, clean(text)) for row, text in marked)
    return put_rows(data, text_start, {row: encode(clean) for row, text, clean in plain if clean != text})


def fingerprint_block(texts: Sequence[str], settings: Settings, clean: Clean | None = None) -> tuple[Array, ...]:
    """The columns of one block of texts."""
    if clean is not None and len(texts) == 1:  # as with encoding it
        texts, clean = [clean(text) if "<" in text or "&" in text else text for text in texts], None
    data, text_start = encode_texts(texts)
    if clean is not None:
        marked = np.empty(len(texts), np.bool_)
        find_marked(data, text_start, marked)
        rows = marked.nonzero()[0].tolist()
        data, text_start = clean_texts(data, text_start, ((row, texts[row]) for row in rows), clean)
    return fingerprint_bytes(data, text_start, settings)


def fingerprint_bytes(data: Array, text_start: Array, settings: Settings) -> tuple[Array, ...]:
    """The columns of one block of texts in UTF-8."""
    texts = len(text_start) - 1
    ROOM.reserve(data.size // 2 + texts + 1)
    a, b = permutations(signature_length(settings), settings.seed)
    word_start, sample_start = np.empty((2, texts + 1), np.int64)
    signatures, digests = np.empty((texts, a.size), np.uint32), np.empty(texts, np.uint64)
    words, flags, sample, sample_place = kernels.fingerprint_texts(
        data, text_start, *folding(), settings.longest_quote, settings.shingle_width, a, b, sample_bound(settings),
        ROOM.words, ROOM.flags, word_start, signatures, ROOM.sample, ROOM.sample_place, sample_start, digests,
    )  # fmt: skip
    return words, flags, word_start, signatures, sample, sample_place, sample_start, digests


def block_bounds(texts: Sequence[str]) -> list[int]:
    """Where to cut the texts into blocks of about BLOCK_BYTES characters."""
    bounds = [0]
    size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= BLOCK_BYTES:
            bounds.append(i + 1)
            size = 0
    if bounds[-1] != len(texts) or len(bounds) == 1:
        bounds.append(len(texts))
    return bounds


def joined_starts(starts: Sequence[Array]) -> Array:
    """Row starts of consecutive blocks as the row starts of their concatenation."""
    return starts_of(np.concatenate([np.diff(start) for start in starts]))


def code_digest(settings: Settings) -> str:
    """What the code makes of the probe texts, as 16 hexadecimal digits."""
    block = fingerprint_block(PROBES, settings)
    h = 0
    for column in block:
        for value in column.ravel().tolist():
            h = (h * 0x100000001B3 + int(value) + 1) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


@cache
def recipe(settings: Settings) -> str:
    """The full recipe: the settings that change a fingerprint, and a hash of what the code makes of fixed probes."""
    return f"{settings.recipe} folding={FOLDING_VERSION} probes={code_digest(settings)}"


def fingerprint_texts(
    texts: Sequence[str],
    settings: Settings | None = None,
    *,
    clean: Clean | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Fingerprints:
    """Fingerprint texts.

    Each text is read once: folded (case, compatibility forms, accents), split into words (characters in scripts
    without spaces), flagged (quotation, numbers, capitals), shingled, min-hashed and sampled. Work is shared among
    threads; the result doesn't depend on how.

    Args:
        texts: Any strings, lone surrogates and empty ones included.
        settings: Defaults if None.
        clean: Takes markup off first, of the texts that hold a "<" or a "&".
        progress: Called with the number of texts done, as work goes on, from the calling thread.

    Returns:
        One row a text, in their order.
    """
    settings = settings or Settings()
    bounds = block_bounds(texts)
    if len(bounds) == 2:
        alone = fingerprint_block(texts, settings, clean)
        progress(len(texts))
        return Fingerprints(**dict(zip(COLUMNS, alone, strict=True)), recipe=recipe(settings))
    blocks = [texts[low:high] for low, high in pairwise(bounds)]
    work = partial(fingerprint_block, settings=settings, clean=clean)
    done = map_threads(work, blocks, progress=lambda count: progress(bounds[count]))
    log.debug("fingerprinted %d texts in %d blocks", len(texts), len(blocks))
    parts = dict(zip(COLUMNS, zip(*done, strict=True), strict=True))
    joined = map_threads(lambda name: (joined_starts if name in STARTS else np.concatenate)(parts[name]), COLUMNS)
    return Fingerprints(**dict(zip(COLUMNS, joined, strict=True)), recipe=recipe(settings))


def fingerprint_encoded(data: Array, text_start: Array, settings: Settings) -> Fingerprints:
    """Fingerprint texts that are encoded already, in the caller's thread; ``fingerprint_texts`` for the rest.

    Args:
        data: uint8: the texts in UTF-8 (lone surrogates as ``surrogatepass`` has them), a few megabytes.
        text_start: int64 (texts + 1): where each begins.
        settings: What a fingerprint is.
    """
    made = fingerprint_bytes(data, text_start, settings)
    return Fingerprints(**dict(zip(COLUMNS, made, strict=True)), recipe=recipe(settings))


def check_recipe(fingerprints: Fingerprints, settings: Settings) -> None:
    """Raise RecipeError unless the fingerprints were made under these settings by this code."""
    wanted = recipe(settings)
    if fingerprints.recipe != wanted:
        raise RecipeError(
            f"fingerprints made under [{fingerprints.recipe}] can't be used under [{wanted}]: "
            "fingerprint the texts again, or keep the settings named in Settings.recipe"
        )


def digest_strings(strings: Sequence[str]) -> Array:
    """A hash of each string's folded words, 0 where it has none: equal for spellings that fold alike.

    Returns:
        uint64, one a string.
    """
    parts = map_threads(lambda span: digest_encoded(*encode_texts(strings[span])), spans(len(strings), FEW_STRINGS))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def digest_encoded(data: Array, text_start: Array) -> Array:
    """``digest_strings`` of strings in UTF-8 (uint8), of which each begins at ``text_start`` (int64)."""
    digests = np.empty(len(text_start) - 1, np.uint64)
    kernels.digest_strings(data, text_start, *folding(), digests)
    return digests
