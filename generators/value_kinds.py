"""The kinds that give texts and given values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generators import readings as read
from generators import template as templates
from generators.choices import Booleans, Choices
from generators.constant import Constant, Sequence
from generators.distinct import distinct
from generators.entry import Entry, fitting, not_on_unique, not_unique, too_few
from generators.errors import SpecError
from generators.faker_pool import FakerPool
from generators.generator import Generator
from generators.python_values import Value
from generators.template import Template
from generators.text import Text
from generators.text_names import email
from generators.unique_text import UniqueText, numbered
from generators.user_function import UserFunction, function
from generators.uuids import Uuids


def faker(entry: Entry) -> Generator:
    provider, shape = read.text(entry.given, "faker"), entry.shape
    arguments = entry.options.get("args", {})
    if not isinstance(arguments, Mapping):
        raise SpecError(f"{arguments!r} is not a mapping", ("args",), "write {argument: value, ...}")
    frozen = tuple((str(key), read.hashable(value)) for key, value in arguments.items())
    pool = FakerPool(provider, frozen, entry.locale, None if shape.array else shape.length)
    example = pool.example()
    if not shape.array:
        fitting((example,), shape, "faker")
    return _unique_faker(pool, entry, example) if shape.unique else pool


def _unique_faker(pool: FakerPool, entry: Entry, example: Value) -> Generator:
    """The provider's values, numbered once they are used up."""
    if pool.provider == "uuid4":
        return Uuids()
    if "email" in pool.provider:
        return email(entry.shape, entry.locale)
    if not isinstance(example, str):
        raise not_unique("faker")
    examples = [str(value) for value in replace(pool, size=20).pool(0)]
    joint = next((j for j in ("", "-", "/") if sum(numbered(e, j) for e in examples) < 10), " x")
    joint = " " if joint == "" and any(" " in e for e in examples) else joint
    return UniqueText((pool,), entry.shape.rows, joint=joint, slug=False, length=entry.shape.length)


def choices(entry: Entry) -> Generator:
    given, shape = entry.given, entry.shape
    if not isinstance(given, (list, Mapping)) or not given:
        raise SpecError(f"{given!r} is nothing to choose from", ("choices",), "write {value: weight, ...}")
    weights = tuple(given.values()) if isinstance(given, Mapping) else ()
    for value, weight in zip(given, weights, strict=False):
        if read.number(weight, "choices", str(value)) < 0:
            raise SpecError(f"the weight {weight} is negative", ("choices", str(value)))
    options = fitting(tuple(given), shape, "choices")
    if shape.unique and len(set(options)) < shape.rows:
        raise too_few(len(set(options)), shape.rows, "choices")
    return distinct(options, shape.rows) if shape.unique else Choices(options, weights)


def constant(entry: Entry) -> Generator:
    key = "value" if "value" in entry.options else "constant"
    (value,) = fitting((entry.given,), entry.shape, key)
    if value is None and entry.shape.not_null:
        raise SpecError("the column can't be null", (key,))
    if entry.shape.unique and entry.shape.rows > 1 and value is not None:
        raise not_unique(key)
    return Constant(value)


def text(entry: Entry) -> Generator:
    known = frozenset({"min", "max", "title"})
    given = {} if entry.given is True else read.fields(entry.given, known, frozenset(), "text")
    most = read.whole(given.get("max", max(60, given.get("min", 8))), 1, "text", "max")
    least = read.whole(given.get("min", min(8, most)), 1, "text", "min")
    if most < least:
        raise SpecError(f"{most} is below {least}", ("text", "max"))
    return not_on_unique(Text(least, most, entry.shape.length, bool(given.get("title"))), entry, "text")


def sequence(entry: Entry) -> Generator:
    if entry.given is True or isinstance(entry.given, int):
        return Sequence(1 if entry.given is True else entry.given)
    given = read.fields(entry.given, frozenset({"start", "step"}), frozenset(), "sequence")
    step = read.whole(given.get("step", 1), -(1 << 40), "sequence", "step")
    if step == 0 and entry.shape.unique:
        raise not_unique("sequence")
    return Sequence(read.whole(given.get("start", 1), -(1 << 62), "sequence", "start"), step)


def template(entry: Entry) -> Generator:
    text = read.text(entry.given, "template")
    try:
        names = templates.names(text)
        pools = tuple((name, FakerPool(name, (), entry.locale)) for name in names)
        for _, pool in pools:
            pool.example()
    except SpecError as error:
        raise SpecError(error.message, ("template",), error.hint) from error
    if entry.shape.unique and "{n" not in text:
        raise SpecError("the column is unique", ("template",), "put the row's number in: {n}")
    return Template(text, entry.shape.rows, pools)


def generator(entry: Entry) -> Generator:
    name = read.text(entry.given, "generator")
    try:
        function(name)
    except SpecError as error:
        raise error.under("generator") from error
    return UserFunction(name)


def boolean(entry: Entry) -> Generator:
    probability = read.number(entry.given, "boolean")
    if not 0 <= probability <= 1:
        raise SpecError("a probability lies between 0 and 1", ("boolean",))
    return not_on_unique(Booleans(probability), entry, "boolean")
