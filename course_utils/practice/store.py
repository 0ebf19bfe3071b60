"""Where progress is kept: one SQLite file in the user's data folder, that nothing can make fatal.

Every function returns what was asked and, where the file did not do what it should, one sentence that
says so. ``COURSE_PROGRESS`` names another file, or ``off`` to keep nothing.
"""

import errno
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from .._checks import files
from .._files import VARIABLE, progress_file
from .words import counted

VERSION = 1
WAIT_S = 5.0  # for another notebook that writes
MASTERED_DAYS = 21  # of stability: the interval after which nine of ten would still know it

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL,
    outcome TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_item ON events (item, id);
CREATE TABLE IF NOT EXISTS cards (item TEXT PRIMARY KEY, card TEXT NOT NULL, due TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Event:
    """Something that happened to an item: an exercise ("dft/idft") or a question ("dft?bins")."""

    item: str
    kind: str  # check, hint, solution, quiz, predict
    outcome: str
    detail: str = ""
    time: str = ""


@dataclass(frozen=True)
class Standing:
    """What is known of one item. ``due`` is None before the first right answer."""

    n_tries: int = 0
    was_right: bool = False
    stability_days: float = 0.0
    due: datetime | None = None

    @property
    def state(self) -> str:
        if not self.was_right:
            return "tried" if self.n_tries else "open"
        return "mastered" if self.stability_days >= MASTERED_DAYS else "right"

    def is_due(self, now: datetime) -> bool:
        return self.due is not None and self.due <= now


def now() -> datetime:
    return datetime.now(UTC)


# -------------------------------------------------------------------------------- opening the file


class Trouble(Exception):
    """The file cannot be used; the text is the sentence for the reader."""


def connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise Trouble(
                f"Progress is not kept: {path} was written by a newer version of the course; update this one, "
                f"or name another file in {VARIABLE}."
            )
        if version < VERSION:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous=NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def use(act: Callable[[sqlite3.Connection], Any], otherwise: Any) -> tuple[Any, str | None]:
    """``act`` on the file; ``otherwise`` and a sentence where that is not possible."""
    path = progress_file()
    if path is None:
        return otherwise, None
    try:
        return attempt(act, path), None
    except Trouble as trouble:
        return otherwise, str(trouble)
    except sqlite3.OperationalError as error:
        return otherwise, operational_sentence(path, error)
    except sqlite3.DatabaseError as error:
        return after_damage(act, path, error, otherwise)
    except OSError as error:
        return otherwise, not_kept(path, error)


def attempt(act: Callable, path: Path) -> Any:
    with closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = act(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return done


def operational_sentence(path: Path, error: sqlite3.OperationalError) -> str:
    said = str(error)
    if "locked" in said or "busy" in said:
        return (
            f"This step was not kept: another program holds {path} locked for more than {WAIT_S:g} s. "
            "Close it, then check again."
        )
    if "readonly" in said or "read-only" in said:
        return not_kept(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    if "full" in said:
        return not_kept(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    if "unable to open" in said:
        try:
            with open(path, "ab"):
                pass
        except OSError as cause:
            return not_kept(path, cause)
    return f"Progress is not kept: {files.shown(path)} cannot be used ({said})."


def not_kept(path: Path, error: OSError) -> str:
    """The sentence for a file that cannot be written, with the way out that fits the cause."""
    place = error.filename if error.errno == errno.ENOENT and error.filename else path  # a folder that cannot be made
    way_out = f"or name another file in the environment variable {VARIABLE}"
    return f"Progress is not kept, it cannot be written: {files.unwritable(place, error)}, {way_out}."


def after_damage(act: Callable, path: Path, error: Exception, otherwise: Any) -> tuple[Any, str | None]:
    """Set a damaged file aside, begin a new one, and say so; one at a time, lest a new one be taken for the damaged."""
    try:
        with closing(sqlite3.connect(f"{path}.lock", timeout=WAIT_S, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            try:
                return attempt(act, path), None  # another notebook has set it aside in the meantime
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                aside = set_aside(path)
            done = attempt(act, path)
    except (OSError, sqlite3.Error) as second:
        return otherwise, f"Progress is not kept: {path} is damaged ({error}) and cannot be set aside ({second})."
    return done, f"The file of your progress was damaged ({error}): it is set aside as {aside}, and a new one begun."


def set_aside(path: Path) -> Path:
    """Rename a damaged file and what SQLite keeps beside it, which comes first; nothing is overwritten."""
    stem = f"{path.stem}.damaged-{now():%Y%m%d-%H%M%S}"
    names = (path.with_name(f"{stem}{'' if n == 1 else f'-{n}'}{path.suffix}") for n in count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError) if ending else nullcontext():
            os.replace(f"{path}{ending}", f"{aside}{ending}")
    return aside


# ---------------------------------------------------------------------------------------- recording


def record(event: Event, rating: int | None = None) -> str | None:
    """Keep an event and, with a rating from 1 (again) to 4 (easy), set the date of the next review."""

    def act(connection):
        insert(connection, event)
        if rating is not None:
            schedule(connection, event.item, rating)

    return use(act, None)[1]


def insert(connection: sqlite3.Connection, event: Event) -> None:
    connection.execute(
        "INSERT INTO events (time, item, kind, outcome, detail) VALUES (?, ?, ?, ?, ?)",
        (event.time or now().isoformat(), event.item, event.kind, event.outcome, event.detail),
    )


def schedule(connection: sqlite3.Connection, item: str, rating: int) -> None:
    """The next review, by the free spaced repetition scheduler; whole days, no chance in it."""
    from fsrs import Card, Rating, Scheduler

    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    row = connection.execute("SELECT card FROM cards WHERE item = ?", (item,)).fetchone()
    card = Card.from_json(row[0]) if row else Card(card_id=0)
    card, _ = scheduler.review_card(card, Rating(rating), now())
    connection.execute("INSERT OR REPLACE INTO cards VALUES (?, ?, ?)", (item, card.to_json(), card.due.isoformat()))


def events(item: str | None = None) -> tuple[list[Event], str | None]:
    """All events, or those of one item, in their order."""

    def act(connection):
        where, values = ("", ()) if item is None else (" WHERE item = ?", (item,))
        rows = connection.execute(f"SELECT item, kind, outcome, detail, time FROM events{where} ORDER BY id", values)
        return [Event(*row) for row in rows]

    return use(act, [])


def standings() -> tuple[dict[str, Standing], str | None]:
    """What is known of every item that has ever been tried."""

    def act(connection):
        cards = {item: json.loads(card) for item, card in connection.execute("SELECT item, card FROM cards")}
        counted = connection.execute(
            "SELECT item, COUNT(*), SUM(outcome = 'right') FROM events "
            "WHERE kind IN ('check', 'quiz', 'predict') GROUP BY item"
        )
        found = {}
        for item, n_tries, n_right in counted:
            card = cards.get(item)
            due = datetime.fromisoformat(card["due"]) if card else None
            stability = (card["stability"] or 0.0) if card else 0.0
            found[item] = Standing(n_tries, bool(n_right), stability, due)
        return found

    return use(act, {})


def today_ends() -> datetime:
    """The last moment of today where the reader is."""
    here = datetime.now().astimezone()
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


# --------------------------------------------------------------------------- out, in, and away with it


def export_progress(path: str | os.PathLike) -> str:
    """Write everything to a JSON file; returns the sentence that says what was written."""

    def act(connection):
        rows = connection.execute("SELECT item, kind, outcome, detail, time FROM events ORDER BY id")
        return {
            "version": VERSION,
            "events": [dict(zip(("item", "kind", "outcome", "detail", "time"), row, strict=True)) for row in rows],
            "cards": {item: json.loads(card) for item, card in connection.execute("SELECT item, card FROM cards")},
        }

    kept, problem = use(act, None)
    if kept is None:
        return problem or f"Nothing is kept: {VARIABLE} is off."
    try:
        Path(path).write_text(json.dumps(kept, indent=1), encoding="utf-8")
    except OSError as error:
        raise files.unwritable(path, error) from None
    entries, dates = counted(len(kept["events"]), "entry", "entries"), counted(len(kept["cards"]), "review date")
    return f"{entries} and {dates} written to {path}."


def import_progress(path: str | os.PathLike) -> str:
    """Add what a JSON file holds to what is here: no entry twice, and of two review dates the later review's."""
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = [Event(**{name: str(value) for name, value in entry.items()}) for entry in kept["events"]]
        cards = {str(item): json.dumps(card) for item, card in kept["cards"].items()}
        dates = {item: (str(card["due"]), str(card["last_review"])) for item, card in kept["cards"].items()}
        known_version = int(kept["version"]) <= VERSION
        in_order = all(map(datetime.fromisoformat, [entry.time for entry in entries]))
    except OSError as error:
        raise files.unreadable(path, error) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{path} holds no exported progress ({type(error).__name__}: {error}): "
            "pass a file that export_progress has written"
        ) from None
    if not (known_version and in_order):
        raise ValueError(f"{path} was written by a newer version of the course: update this one, then import again")

    def act(connection):
        here = set(connection.execute("SELECT item, kind, outcome, detail, time FROM events"))
        new = [e for e in entries if (e.item, e.kind, e.outcome, e.detail, e.time) not in here]
        for event in new:
            insert(connection, event)
        for item, card in cards.items():
            row = connection.execute("SELECT card FROM cards WHERE item = ?", (item,)).fetchone()
            if row is None or str(json.loads(row[0])["last_review"]) < dates[item][1]:
                connection.execute("INSERT OR REPLACE INTO cards VALUES (?, ?, ?)", (item, card, dates[item][0]))
        return len(new)

    n_new, problem = use(act, None)
    if n_new is None:
        return problem or f"Nothing is kept: {VARIABLE} is off."
    return f"{n_new} of {counted(len(entries), 'entry', 'entries')} new; all are here now."


def reset_progress(confirm: str = "") -> str:
    """Delete everything, if asked with the words that the first call gives."""

    def count(connection):
        return connection.execute("SELECT COUNT(*) FROM events").fetchone()[0]

    n_events, problem = use(count, None)
    if n_events is None:
        return problem or f"Nothing is kept: {VARIABLE} is off."
    entries = counted(n_events, "entry", "entries")
    words = f"delete {entries}"
    if confirm != words:
        return (
            f"This deletes {entries} and all review dates in {progress_file()}, for good. "
            f'Keep a copy with export_progress("progress.json"); to go on, call reset_progress("{words}").'
        )

    def act(connection):
        connection.execute("DELETE FROM events")
        connection.execute("DELETE FROM cards")

    _, problem = use(act, None)
    return problem or f"{entries} deleted."
