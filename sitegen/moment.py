"""The one ``now`` of a build, and how far its answers reach.

Nothing else may read the clock. A stage asks :meth:`Moment.reached` whether an instant has come; the Moment remembers
the nearest instants on either side, so that a build knows for how long its result stays true. It never hands out the
time itself: a page can't print it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Moment:
    """``now`` (aware) and the site's time zone."""

    def __init__(self, now: datetime, zone: tzinfo = UTC) -> None:
        if now.tzinfo is None:
            raise ValueError("now needs a time zone")
        self._now = now
        self._zone = zone
        self._since: datetime | None = None
        self._until: datetime | None = None

    def reached(self, instant: date | datetime) -> bool:
        """True once ``instant`` has come. A date comes at its first midnight in the site's zone."""
        if not isinstance(instant, datetime):
            instant = datetime.combine(instant, time.min, self._zone)
        elif instant.tzinfo is None:
            instant = instant.replace(tzinfo=self._zone)
        if instant <= self._now:
            if self._since is None or instant > self._since:
                self._since = instant
            return True
        if self._until is None or instant < self._until:
            self._until = instant
        return False

    def over(self, day: date) -> bool:
        """True once the whole of ``day`` has passed."""
        return day != date.max and self.reached(day + timedelta(days=1))

    @property
    def window(self) -> tuple[str, str]:
        """Every answer so far holds from the first instant (included) to the second (not included), in UTC.

        ISO 8601 text of equal form, so that plain text comparison orders it.
        """
        return (
            stamp(self._since) if self._since else "0001-01-01T00:00:00.000000+00:00",
            stamp(self._until) if self._until else "9999-12-31T23:59:59.999999+00:00",
        )

    def __str__(self) -> str:
        return stamp(self._now)


def current() -> datetime:
    """The time. The only place that reads the clock; a build is given what it says once."""
    return datetime.now(UTC)


def stamp(instant: datetime) -> str:
    """An aware time in UTC, as text of fixed width that sorts by time."""
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        instant = instant.replace(tzinfo=UTC)
    return instant.isoformat(timespec="microseconds")


def zone_named(name: str) -> tzinfo | None:
    """The time zone of an IANA name such as ``Europe/London``, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_time_fault(moment: datetime, zone: tzinfo) -> str | None:
    """Why a time without a zone can't be placed: ``"impossible"`` or ``"ambiguous"``; None when all is well.

    Clocks that go forward skip an hour, clocks that go back repeat one.
    """
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    there_and_back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return "ambiguous" if there_and_back == moment.replace(tzinfo=None) else "impossible"


def from_iso(text: str, zone: tzinfo = UTC) -> datetime:
    """The aware time that ``text`` names; a date alone is its first midnight. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
