"""Puts telemetry_hook.pth into editable installs; setup.cfg declares everything else."""

from pathlib import Path
from shutil import copyfile

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPy(build_py):
    """In an editable install package_data copies nothing, so the file is copied here."""

    def run(self) -> None:
        """Build, then copy the file if nothing else will."""
        super().run()
        if self.editable_mode:
            root = Path(self.get_finalized_command("install_lib").install_dir)
            copyfile("telemetry_hook.pth", root / "telemetry_hook.pth")


setup(cmdclass={"build_py": BuildPy})
