"""What a program can see of its interpreter, before a crash and after all exit functions."""

from __future__ import annotations

# Code that a program starts with. At its very end it prints what has changed: `environ: gone [] new []`.
STATE = """
import gc, os, signal, sys, threading, warnings

def state():
    return {
        "path": list(sys.path),
        "meta_path": list(map(id, sys.meta_path)),
        "path_hooks": list(map(id, sys.path_hooks)),
        "modules": sorted(name for name in sys.modules if not name.startswith("telemetry_hook")),
        "sys": sorted(vars(sys)),
        "lists": [id(sys.path), id(sys.meta_path), id(sys.modules), id(sys.argv)],
        "argv": list(sys.argv),
        "signals": [repr(signal.getsignal(number)) for number in signal.valid_signals()],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timers": [round(sum(signal.getitimer(which)), -1) for which in range(3)],
        "environ": sorted(os.environ.items()),
        "environ_type": [id(os.environ), id(os.environ._data), os.getcwd()],
        "filters": list(map(repr, warnings.filters)),
        "filters_id": id(warnings.filters),
        "showwarning": id(warnings.showwarning),
        "hooks": [id(sys.excepthook), id(sys.unraisablehook), id(sys.displayhook)],
        "originals": [id(sys.__excepthook__), id(sys.__stdin__), id(sys.__stderr__)],
        "threading": [id(threading.excepthook), threading.active_count()],
        "tracers": [sys.gettrace(), sys.getprofile(), threading.gettrace()],
        "streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled()],
        "collector": [gc.get_threshold(), len(gc.callbacks), gc.get_debug()],
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "builtins": sorted(vars(__builtins__)),
        "sources": sorted(getattr(sys.modules.get("linecache"), "cache", ())),
        "bytecode": sys.dont_write_bytecode,
    }

class Stdout:
    '''The interpreter flushes it after the exit functions, while all modules are still there.'''
    def __init__(self, inner):
        self.inner, self.last, self.write = inner, None, inner.write
    def flush(self):
        self.inner.flush()
        try:
            self.last = state()
        except BaseException as error:
            self.last = {"error": repr(error)}

class Kept:
    '''Prints what has changed, when the main module is cleared.'''
    def __init__(self):
        self.stdout = sys.stdout
        self.first = state()
    def __del__(self):
        for name, first in self.first.items():
            last = self.stdout.last.get(name)
            if last != first:
                lists = isinstance(first, list)
                gone = [value for value in first if value not in last] if lists else first
                new = [value for value in last if value not in first] if lists else last
                self.stdout.write(f"{name}: gone {gone} new {new}\\n")
        self.stdout.write(repr(self.stdout.last.get("error")) + "\\n")
        self.stdout.inner.flush()

for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 100)
sys.stdout = Stdout(sys.stdout)
kept = Kept()
"""
