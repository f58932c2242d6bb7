"""What the houses of a leg begin with is made once and copied: schema, static files, projects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.concurrency.team import Team
from tests.services import own_database, refilled


class Size(NamedTuple):
    """How much a project has of everything."""

    items: int
    people: int
    overlap: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A database that waits to be copied, and the tokens of its people by name."""

    name: str
    tokens: dict[str, str]


@dataclass(slots=True)
class Stock:
    """Databases and static files that houses are copied from.

    Attributes:
        server: an address on the server of the databases.
        home: the folder of all that is in stock.
        schema: the name of a database with the schema and nothing else.
        crashes: whether the server is killed by tests.
    """

    server: str
    home: Path
    schema: str
    crashes: bool
    _rest: ExitStack
    _projects: dict[Size, Copy] = field(default_factory=dict)

    @property
    def static(self) -> Path:
        """The static files, as a house collects them before it serves."""
        return self.home / "static"

    def project(self, size: Size) -> Copy:
        """Return a database with a project of this size, made when it is first asked for."""
        if size not in self._projects:
            url = self._rest.enter_context(own_database(self.server, template=self.schema))
            home = self.home / "-".join(map(str, size))
            home.mkdir()
            made = Team(home, url)
            made.prepare(items=size.items, people=size.people, overlap=size.overlap)
            self._projects[size] = Copy(_name(url), made.tokens)
        return self._projects[size]

    @contextmanager
    def house(self, home: Path) -> Iterator[Stocked]:
        """Yield a house with the schema and without rows, and end it."""
        with own_database(self.server, template=self.schema) as url:
            made = Stocked(home, url, self)
            try:
                yield made
            finally:
                made.close()


class Stocked(Team):
    """A house whose beginnings are in stock."""

    def __init__(self, home: Path, database: str, stock: Stock) -> None:
        super().__init__(home, database)
        self._stock = stock
        (home / "static").symlink_to(stock.static)

    def take_copy(self, *, items: int, people: int, overlap: int) -> bool:
        """Take the project from stock; a copy of the same size is made once."""
        copy = self._stock.project(Size(items, people, overlap))
        stock = self._stock
        refilled(stock.server, _name(self.database), copy.name, crashes=stock.crashes)
        self.tokens = dict(copy.tokens)
        return True


@contextmanager
def stocked(server: str, home: Path, *, crashes: bool = False) -> Iterator[Stock]:
    """Yield a stock on a server, which tests may kill, and drop its databases at the end."""
    with ExitStack() as rest:
        url = rest.enter_context(own_database(server))
        made = Team(home, url)
        made.commands([["migrate", "--verbosity", "0"]])
        made.collect_static()
        yield Stock(server, home, _name(url), crashes, rest)


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
