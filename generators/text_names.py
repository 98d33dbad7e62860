"""What ordinary names of text columns hold."""

from __future__ import annotations

import re
from collections.abc import Callable

from generators.characters import BASE64, CODE, HEX, Characters, Codes
from generators.choices import Choices
from generators.errors import SpecError
from generators.faker_pool import FakerPool
from generators.generator import Generator
from generators.network import Ips, Macs
from generators.shape import ColumnShape
from generators.template import Template
from generators.text import Text
from generators.unique_text import UniqueText, Words
from generators.uuids import Uuids
from generators.vocabulary import content_words

Maker = Callable[[ColumnShape, str], Generator]

MAIL_DOMAINS = ("@example.com", "@example.org", "@example.net")
_PEOPLE = re.compile(
    r"user|customer|person|people|employee|contact|author|member|patient|student|client|actor"
)
_ORGANISATIONS = re.compile(r"compan|organi[sz]ation|tenant|vendor|supplier|brand|account|manufacturer|store")


def text_by_name(shape: ColumnShape, locale: str) -> Generator | None:
    """The generator that the column's name suggests; None where it suggests none."""
    for pattern, maker in _RULES:
        if pattern.search(shape.name.lower()):
            return maker(shape, locale)
    return None


def _faker(provider: str, skew: str = "none") -> Maker:
    """Values of a provider; numbered where the column is unique."""

    def make(shape: ColumnShape, locale: str) -> Generator:
        pool = FakerPool(provider, (), locale, shape.length, skew)
        return numbered(pool, shape) if shape.unique else pool

    return make


def _of(*options: str) -> Maker:
    """One of a few values, the first ones more often."""

    def make(shape: ColumnShape, locale: str) -> Generator:
        fitting = tuple(o for o in options if shape.length is None or len(o) <= shape.length) or options
        if shape.unique:
            return numbered(Words(fitting), shape)
        return Choices(fitting, tuple(float(len(fitting) - rank) for rank in range(len(fitting))))

    return make


def _always(maker: Callable[[ColumnShape], Generator]) -> Maker:
    return lambda shape, locale: maker(shape)


def numbered(pool: Words | FakerPool, shape: ColumnShape, joint: str = " ") -> Generator:
    """Different values: the pool's, numbered once they are used up; codes where there is no room."""
    if shape.length is not None and shape.length < 12:
        return code(shape)
    return UniqueText((pool,), shape.rows, joint=joint, slug=False, length=shape.length)


def code(shape: ColumnShape) -> Generator:
    """Different codes as wide as needed, at least 8 characters where there is room.

    Where the column is too short for that, codes repeat; SpecError where they must not.
    """
    width, room = 1, len(CODE)
    while room < 2 * shape.rows:
        width, room = width + 1, room * len(CODE)
    width = min(max(width, 8), shape.length or 12)
    if len(CODE) ** width >= shape.rows:
        return Codes(width)
    if shape.unique:
        raise SpecError(f"the column is unique, but {width} characters can't tell {shape.rows} rows apart")
    return Characters(width, CODE)


def person_handle(shape: ColumnShape, locale: str, endings: tuple[str, ...]) -> Generator:
    """first.last, with an ending such as a mail domain where there is room for it."""
    room = shape.length or 255
    if room < 16 + max(map(len, endings)):
        return code(shape)
    pools = (FakerPool("first_name", (), locale), FakerPool("last_name", (), locale))
    return UniqueText(pools, shape.rows, ".", endings=endings, length=shape.length)


def email(shape: ColumnShape, locale: str) -> Generator:
    """Different addresses of three domains."""
    return person_handle(shape, locale, MAIL_DOMAINS)


def _name(shape: ColumnShape, locale: str) -> Generator:
    table = shape.table.lower()
    if _PEOPLE.search(table):
        return _faker("name")(shape, locale)
    if _ORGANISATIONS.search(table):
        return _faker("company")(shape, locale)
    return title(shape, locale)


def title(shape: ColumnShape, locale: str) -> Generator:
    """A few words with capitals."""
    if shape.unique:
        if shape.length is not None and shape.length < 24:
            return code(shape)
        words = Words(tuple(word.capitalize() for word in content_words()[:900]))
        return UniqueText((words, words), shape.rows, " ", " ", slug=False, length=shape.length)
    return Text(2, 6, shape.length, title=True)


def _slug(shape: ColumnShape, locale: str) -> Generator:
    if shape.length is not None and shape.length < 24:
        return code(shape)
    words = Words(content_words()[:900])
    return UniqueText((words, words), shape.rows, "-", "-", length=shape.length)


def _url(shape: ColumnShape, locale: str) -> Generator:
    if shape.length is not None and shape.length < 48:
        return code(shape)
    return Template(
        "https://www.example.com/{word}/{n}", shape.rows, (("word", Choices(content_words()[:200])),)
    )


def prose(shape: ColumnShape, locale: str = "") -> Generator:
    """Sentences, as long as the column takes; numbered where they must differ."""
    if shape.unique:
        return title(shape, locale)
    room = shape.length or 400
    return Text(max(1, min(8, room // 20)), max(1, min(60, room // 6)), shape.length)


def _phone(shape: ColumnShape) -> Generator:
    width = min(10, max(1, (shape.length or 20) - 2))
    if shape.unique and 9 * 10 ** (width - 1) <= shape.rows:
        return code(shape)
    prefix = "+1" if (shape.length or 20) >= 12 else ""
    return Template(f"{prefix}{{n:0{width}d}}", shape.rows, (), (2 * 10 ** (width - 1), 10**width - 1))


def _state(shape: ColumnShape, locale: str) -> Generator:
    address = re.search(r"address|customer|user|store|location|warehouse|city", shape.table.lower())
    if shape.length in (2, 3) or address or "province" in shape.name.lower():
        provider = "state" if (shape.length or 20) > 3 else "state_abbr"
        return _faker(provider if locale == "en_US" else "city")(shape, locale)
    return STATUS(shape, locale)


def _country(shape: ColumnShape, locale: str) -> Generator:
    wide = shape.length is None or shape.length > 3
    if wide and "code" not in shape.name.lower():
        return _faker("country", "zipf")(shape, locale)
    if shape.length == 3:
        three = (("representation", "alpha-3"),)
        return code(shape) if shape.unique else FakerPool("country_code", three, locale, 3, "zipf")
    return code(shape) if shape.unique else FakerPool("country_code", (), locale, 2, "zipf")


def _hash(shape: ColumnShape) -> Generator:
    if shape.length is None or shape.length >= 60:
        return Characters(53, BASE64, "$2b$12$")
    return _token(shape)


def _token(shape: ColumnShape) -> Generator:
    """Random hexadecimal digits, enough of them to tell all rows apart by chance; else codes."""
    return _wide(Characters(min(40, shape.length or 40), HEX), 24, shape)


def _color(shape: ColumnShape) -> Generator:
    return code(shape) if shape.unique else Characters(6, HEX, "#")


def _wide(generator: Generator, width: int, shape: ColumnShape) -> Generator:
    """The generator where the column holds `width` characters or may repeat; else codes."""
    return code(shape) if shape.unique and shape.length is not None and shape.length < width else generator


def _sku(shape: ColumnShape) -> Generator:
    prefix = re.sub(r"[^A-Z]", "", shape.name.upper())[:3] or "C"
    digits = max(8, len(str(shape.rows)))
    if shape.length is not None and shape.length < len(prefix) + 1 + digits:
        return code(shape)
    return Template(f"{prefix}-{{n:0{digits}d}}", shape.rows)


def _identifier(shape: ColumnShape) -> Generator:
    return Uuids() if shape.length is None or shape.length >= 36 else code(shape)


_AGENTS = tuple(
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
    for version in range(131, 115, -1)
    for system in ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
)
STATUS = _of("active", "completed", "pending", "inactive", "cancelled", "failed")

_RULES: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (r"e_?mail", email),
        (r"user_?agent", _of(*_AGENTS)),
        (r"user_?name|login|handle|nick", lambda shape, locale: person_handle(shape, locale, ("",))),
        (r"first_?name|given_?name|fname", _faker("first_name")),
        (r"last_?name|sur_?name|family_?name|lname", _faker("last_name")),
        (r"full_?name|display_?name|(contact|customer|user|person|billing|shipping)_name|^author",
         _faker("name")),
        (r"company|organi[sz]ation|employer|vendor|supplier|brand|manufacturer", _faker("company")),
        (r"phone|mobile|fax", _always(_phone)),
        (r"mac(_addr|address|$)", _always(lambda shape: _wide(Macs(), 17, shape))),
        (r"(^|_)ip(v4)?(_?addr(ess)?)?$|_ip_|inet", _always(lambda shape: _wide(Ips(), 15, shape))),
        (r"address_?(line_?)?2|apartment|suite", _faker("secondary_address")),
        (r"street|address", _faker("street_address")),
        (r"city|town", _faker("city", "zipf")),
        (r"country|nation", _country),
        (r"^state$|_state$|province", _state),
        (r"region|county", _of("north", "south", "east", "west", "central")),
        (r"post_?(al_?)?code|zip", _faker("postcode")),
        (r"currency", _of("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK")),
        (r"time_?zone|^tz$", _faker("timezone")),
        (r"locale", _of("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "ja_JP")),
        (r"language|(^|_)lang$", _of("en", "de", "fr", "es", "it", "pt", "ja")),
        (r"colou?r", _always(_color)),
        (r"gender|(^|_)sex$", _of("female", "male", "other", "f", "m")),
        (r"mime|content_type|media_type", _of("image/jpeg", "image/png", "application/pdf", "text/plain")),
        (r"password|hash|digest|checksum", _always(_hash)),
        (r"token|secret|api_?key|session", _always(_token)),
        (r"slug|permalink", _slug),
        (r"ur[li]$|link|website|image|avatar|photo|thumbnail|picture|(^|_)path$", _url),
        (r"sku|barcode|serial|tracking|(^|_)(code|number|no|ref|reference)$|^ean|^isbn", _always(_sku)),
        (r"job|occupation|profession", _faker("job")),
        (r"status|stage|phase", STATUS),
        (r"payment_?method", _of("card", "paypal", "transfer", "invoice", "cash")),
        (r"(^|_)(type|kind|category|class|group|event|action|operation)(_?name)?$",
         _of("standard", "premium", "basic", "internal", "external", "other")),
        (r"priority|severity|level", _of("normal", "low", "high", "urgent")),
        (r"(^|_)role$", _of("member", "viewer", "editor", "admin", "owner")),
        (r"(^|_)(plan|tier)$", _of("free", "pro", "team", "enterprise")),
        (r"source|channel|medium|method|provider|device|platform",
         _of("web", "mobile", "api", "email", "store")),
        (r"title|subject|headline|label|caption", title),
        (r"(^|_)name$", _name),
        (r"uuid|guid|(^|_)id$", _always(_identifier)),
        (r"desc|review|comment|content|body|note|text|message|bio|summary|reason|remark|answer|question",
         prose),
    )
)  # fmt: skip
