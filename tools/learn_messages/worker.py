"""Runs one group of probes under one Python; writes each lesson as soon as it is learned."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import warnings

import groups
from learning import learn

MEMORY = 2 << 30


def main(group: str, first: int, lessons: str, progress: str) -> None:
    """Run the probes of a group from the given one on."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Probes close descriptors, but hardly such high ones.
    output = os.dup2(os.open(lessons, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 900)
    place = os.dup2(os.open(progress, os.O_WRONLY | os.O_CREAT), 901)
    seen = set()
    for index, probe in enumerate(groups.probes(group)):
        if index < first:
            continue
        os.pwrite(place, b"%-10d" % index, 0)
        lesson = learn(probe)
        if lesson is not None and lesson not in seen:
            seen.add(lesson)
            os.write(output, json.dumps(lesson).encode() + b"\n")
    os.pwrite(place, b"%-10d" % -1, 0)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
