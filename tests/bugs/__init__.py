"""Real bugs of real tools, and whether a report of the crash has the facts that lead to the fix.

`nox -s bugs` runs each tool as its users do, until it crashes. Three accounts of the very same
exception are compared: the redacted report, sentry-sdk's event with its default options (which has
the values of all local variables), and the stack that Python prints.

The facts of a bug were written down from its public fix, before any account was looked at.
"""
