"""Dates as people and programs write them, beyond ISO 8601: one cell to a day and the second of the day, both in UTC.

What can be read in one way only is read. 09/03/2021 is not: it needs the form that the user names.
"""

from __future__ import annotations

import datetime as dt
import re

from collusion.base.hints import hint

__all__ = ["DATE", "NOTHING", "Moment", "format_hint", "is_nothing", "moment_by", "moment_of", "time_format_problems"]

Moment = tuple[int, int]
"""The day since 1970-01-01 and the second of the day, -1 where only a day is named."""

NOTHING = frozenset(("", "null", "none", "nan", "nat", "na", "n/a", "<na>", "#n/a", "nil", "undefined", "\\n", "-"))
"""The usual words for an absent value, in lower case: of SQL, JSON, Python, pandas, R, spreadsheets, Ruby, JavaScript, MySQL and Hive."""

EPOCH = dt.date(1970, 1, 1)

ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
"""Hours from UTC of the words for zones that RFC 2822 defines, and UTC. CST is not among them: it is also China's time."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari",
            "february feb februar février fevrier févr fév febrero febbraio fevereiro fev februari",
            "march mar märz mär mrz mars marzo março marco maart mrt",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juni juin junio giugno giu junho",
            "july jul juli juillet juil julio luglio lug julho",
            "august aug août aout agosto ago augustus",
            "september sept sep septembre septiembre settembre set setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro desember",
        ),
        start=1,
    )
    for name in names.split()
}
"""Names of the months on review sites in English, German, French, Spanish, Italian, Portuguese and Dutch, and their short forms."""

CLOCK = re.compile(
    r"""(?:^|[\sT,])(?:(?:at|um|à|a\ las|alle)\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?
    (?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))?
    (?:\s*(?:gmt|utc)?\s*(?P<offset>[+-]\d\d:?\d\d)(?!\d))?(?:\s*\(?(?P<zone>[a-z]{1,4})\b\)?)?(?:\s*\([^)\d]*\))?""",
    re.VERBOSE | re.IGNORECASE,
)
"""A time of day with what may follow it: half of the day, offset, zone."""

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\Z")
CHINESE = re.compile(r"\D*?(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]\D*\Z")
LETTERS = r"([^\W\d_]{3,10})"
MONTH_FIRST = re.compile(rf"(?:.*[\s,:])?{LETTERS}\.?[\s\-]*(\d{{1,2}})(?:st|nd|rd|th)?[\s,\-]+(\d{{4}})\Z", re.IGNORECASE)
DAY_FIRST = re.compile(
    rf"(?:.*[\s,:])?(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s\-/]*(?:of\s|de\s)?\s*{LETTERS}\.?[\s,\-/]*(?:de\s|del\s)?\s*(\d{{4}})\Z",
    re.IGNORECASE,
)
YEAR_THEN_NAME = re.compile(rf"(\d{{4}})[\s\-/]+{LETTERS}\.?[\s\-/]+(\d{{1,2}})\Z")
"""The forms of a day once its time of day is taken away. Words may stand before a day with the name of a month: Reviewed in ... on."""

DATE = 10
"""Characters of the longest ISO 8601 date without a time of day, 2017-07-14; an hour behind the shortest, 2017W285, makes more."""

LONGEST = 120
"""Characters of a cell that may be a date: a review that ends in one is none."""

TWO_WAYS = re.compile(
    r"\s*(?P<a>\d{1,2})(?P<mark>[/.\-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
    r"(?:(?P<gap>[ T]|, )(?P<clock>\d{1,2}:\d\d)(?P<second>:\d\d)?(?P<part>\.\d{1,6})?(?P<half> ?[AaPp][Mm])?)?\s*\Z"
)
"""A date whose first number may be a day or a month."""


def is_nothing(cell: str) -> bool:
    """Whether a cell holds one of the usual words for an absent value."""
    return cell.strip().lower() in NOTHING


def moment_of(cell: str) -> Moment | None:
    """Return the moment of a cell that can be read in one way only; None where it is no time, or can be read in two."""
    text = " ".join(cell.split())
    if not 6 <= len(text) <= LONGEST or text.isdigit():
        return None  # digits alone are a number, whose unit is recognised elsewhere
    if (found := _iso(text)) is not None:
        return found
    clock = CLOCK.search(text)
    second, hours = -1, dt.timedelta()
    if clock is not None:
        read = _clock(clock)
        if read is None:
            return None
        second, hours = read
        text = f"{text[: clock.start()]} {text[clock.end() :]}".strip(" ,")
        text = " ".join(text.split())
    day = _day(text)
    if day is None:
        return None
    return _utc(day, second, hours)


def _iso(text: str) -> Moment | None:
    if not text[:4].isdigit():
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return (moment.date() - EPOCH).days, moment.hour * 3600 + moment.minute * 60 + moment.second if len(text) > DATE else -1


def _clock(found: re.Match[str]) -> tuple[int, dt.timedelta] | None:
    """Return the second of the day and how far its zone is from UTC; None where it is no time of day."""
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    zone = (found["zone"] or "").lower()
    if hour > 23 or minute > 59 or second > 60 or (zone and not found["offset"] and zone not in ZONES):
        return None
    away = dt.timedelta(hours=ZONES.get(zone, 0))
    if offset := (found["offset"] or "").replace(":", ""):
        away = dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[3:])) * (-1 if offset[0] == "-" else 1)
    return hour * 3600 + minute * 60 + min(second, 59), away


def _day(text: str) -> dt.date | None:
    if found := YEAR_FIRST.match(text):
        return _date(found[1], int(found[3]), found[4])
    if found := CHINESE.match(text):
        return _date(found[1], int(found[2]), found[3])
    for form, year, month, day in ((MONTH_FIRST, 3, 1, 2), (DAY_FIRST, 3, 2, 1), (YEAR_THEN_NAME, 1, 2, 3)):
        if (found := form.match(text)) and (number := MONTHS.get(found[month].lower())):
            rest = text[: found.start(min(year, month, day))]
            if not any(mark.isdigit() for mark in rest):
                return _date(found[year], number, found[day])
    return None


def _date(year: str, month: int, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), month, int(day))
    except ValueError:
        return None


def _utc(day: dt.date, second: int, away: dt.timedelta) -> Moment:
    days = (day - EPOCH).days
    if second < 0:
        return days, -1
    shifted = second - int(away.total_seconds())
    return days + shifted // 86_400, shifted % 86_400


TIMED = re.compile(r"%[-#]?[HIMSfpXcTR]")


def moment_by(form: str, cell: str) -> Moment | None:
    """Return the moment of a cell in the form that the user names; None where it is not in it."""
    try:
        moment = dt.datetime.strptime(cell.strip(), form)  # noqa: DTZ007  # the form may name no zone: UTC then
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    second = moment.hour * 3600 + moment.minute * 60 + moment.second if TIMED.search(form) else -1
    return (moment.date() - EPOCH).days, second


def time_format_problems(form: object) -> list[str]:
    """Return what is wrong with a form of times: it must name a year, a month and a day, as `strptime` takes them."""
    if form is None:
        return []
    example, next_year = (dt.datetime(year, 12, 31, 23, 59, 58, tzinfo=dt.UTC) for year in (2021, 2022))
    try:
        # From Python 3.14 on strptime warns of a day without a year.
        found = moment_by(form, cell) if isinstance(form, str) and (cell := example.strftime(form)) != next_year.strftime(form) else None
    except ValueError:
        found = None
    if found is not None and found[0] == (example.date() - EPOCH).days:
        return []
    return [f"time_format must name year, month and day as strptime does, such as %d/%m/%Y or '%Y-%m-%d %H:%M:%S', not {form!r}"]


def format_hint(cells: list[str]) -> str:
    """Return the option to name where cells are dates that can be read in two ways; empty where they are not."""
    found = [match for cell in cells if (match := TWO_WAYS.match(cell))]
    if not found:
        return ""
    one = found[0]
    first = any(int(match["a"]) > 12 for match in found)
    last = any(int(match["b"]) > 12 for match in found)
    clock = ""
    if one["clock"]:
        half = one["half"]
        clock = (one["gap"] or "") + ("%I:%M" if half else "%H:%M")
        clock += (":%S" if one["second"] else "") + (".%f" if one["part"] else "")
        clock += "" if not half else " %p" if half.startswith(" ") else "%p"
    year = "%Y" if len(one["year"]) == 4 else "%y"
    mark, rest = one["mark"], f"{one['mark']}{year}{clock}"
    day_first, month_first = hint("time_format", f"%d{mark}%m{rest}"), hint("time_format", f"%m{mark}%d{rest}")
    shown = one[0].strip()
    if first and not last:
        return f" Dates such as {shown} name the day first: add {day_first}."
    if last and not first:
        return f" Dates such as {shown} name the month first: add {month_first}."
    return f" Dates such as {shown} can be read in two ways. Add {day_first} if the day comes first, {month_first} if the month does."
