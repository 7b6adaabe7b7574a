"""Tells PyInstaller what a frozen program needs of us: its entry point `pyinstaller40` is here.

PyInstaller finds nothing by itself that is only named in metadata. So the hook beside this file
collects the plugins and the metadata of all tools that the program contains, and the runtime hook
starts us: a frozen program has no `.pth` files.
"""

import os


def hook_directories() -> "list[str]":
    """Return the directory with the hook and the list of runtime hooks."""
    return [os.path.dirname(__file__)]
