"""Hook of PyInstaller: collects what is found by names in metadata only."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

from telemetry_hook._pyinstaller import _collected

datas = collect_data_files("telemetry_hook", subdir=None, excludes=["**/*.pth"])
datas += _collected.metadata()
hiddenimports = collect_submodules("telemetry_hook", filter=_collected.is_needed)
hiddenimports += _collected.plugins()
# The last gate looks for a receiver's own words in its source.
module_collection_mode = {"telemetry_hook.receivers": "pyz+py"}
