"""The standard library's argparse: small, as telemetry-hook reads it at each crash of the tool."""

from __future__ import annotations

import argparse

from corpus.planting import case


def parser(**options):
    made = argparse.ArgumentParser(prog="corpus", exit_on_error=False, **options)
    made.add_argument("--port", type=int)
    made.add_argument("--level", choices=["low", "high"])
    made.add_argument("--pair", nargs=2)
    return made


@case
def argparse_type(s):
    parser().parse_args(["--port", s.word])


@case
def argparse_choice(s):
    parser().parse_args(["--level", s.word])


@case
def argparse_pair(s):
    parser().parse_args(["--pair", s.word])


@case
def argparse_conflict(s):
    parser().add_argument("--port", help=s.text)


@case
def argparse_positional(s):
    parser().add_argument(s.word, required=True)


@case
def argparse_action(s):
    parser().add_argument("--x", action=s.word)


@case
def argparse_file(s):
    argparse.FileType("r")(s.path)
