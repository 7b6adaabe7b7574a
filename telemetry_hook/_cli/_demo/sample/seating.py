"""The seating plan: guests fill the tables in the order of the list, unless they have a wish."""

import sys

SEATS = 6

guests: "list[str]" = []


def main() -> None:
    """Print the tables for the guests in a file with lines such as `Ann` or `Ann beside Bob`."""
    with open(sys.argv[1], encoding="utf-8") as file:
        guests.extend(file.read().splitlines())
    for number, table in enumerate(plan(guests), start=1):
        sys.stdout.write(f"Table {number}: {', '.join(table)}\n")


def plan(wishes: "list[str]") -> "list[list[str]]":
    """Return the tables, each with its guests."""
    tables: list[list[str]] = [[]]
    for wish in wishes:
        guest, _, neighbour = wish.partition(" beside ")
        table = table_of(neighbour, tables) if neighbour else tables[-1]
        table.append(guest)
        if len(tables[-1]) == SEATS:
            tables.append([])
    return tables


def table_of(guest: str, tables: "list[list[str]]") -> "list[str]":
    """Return the table where a guest sits."""
    for table in tables:
        if guest in table:
            return table
    raise LookupError(f"no table found where {guest} sits")
