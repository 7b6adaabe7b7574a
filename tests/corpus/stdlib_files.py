"""The standard library's files, archives and processes."""

from __future__ import annotations

import bz2
import dbm
import dbm.dumb
import filecmp
import glob
import gzip
import importlib.resources
import io
import linecache
import lzma
import mailbox
import mmap
import os
import pathlib
import shelve
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import wave
import zipfile

from corpus.planting import case


@case
def read_text(s):
    pathlib.Path(s.path).read_text()


@case
def path_relative(s):
    pathlib.PurePosixPath(s.path).relative_to(f"/srv/{s.word}")


@case
def path_suffix(s):
    pathlib.PurePosixPath(s.path).with_suffix(s.word)


@case
def path_name(s):
    pathlib.PurePosixPath(s.path).with_name(f"{s.word}/{s.table}")


@case
def path_uri(s):
    pathlib.PurePosixPath(s.word).as_uri()


@case
def path_glob(s):
    list(pathlib.Path().glob(s.path))


@case
def path_mkdir(s):
    s.folder.mkdir()


@case
def path_unlink(s):
    pathlib.Path(s.path).unlink()


@case
def path_rmdir(s):
    s.file("x")
    s.folder.rmdir()


@case
def path_open_directory(s):
    s.folder.open()


@case
def path_not_directory(s):
    os.listdir(s.file("x"))


@case
def path_resolve(s):
    pathlib.Path(s.path).resolve(strict=True)


@case
def path_no_owner(s):
    pathlib.Path(s.path).owner()


@case
def path_type(s):
    pathlib.Path(s.number)


@case
def home(s):
    pathlib.Path(f"~{s.attribute}_nobody/x").expanduser()


@case
def rename(s):
    os.rename(s.path, f"/srv/{s.word}")


@case
def change_directory(s):
    os.chdir(s.path)


@case
def link_exists(s):
    path = s.file("x")
    os.symlink(s.path, path)


@case
def environment(s):
    os.environ[f"{s.attribute}_MISSING"]


@case
def environment_type(s):
    os.environ[s.attribute] = s.number


@case
def environment_equals(s):
    os.putenv(f"{s.word}=x", s.password)


@case
def bad_descriptor(s):
    os.read(9999, 10)


@case
def kill_nobody(s):
    os.kill(2**22 + 5, signal.SIGTERM)


@case
def join_types(s):
    os.path.join(s.path, s.word.encode())


@case
def common_path(s):
    os.path.commonpath([s.path, s.word])


@case
def scan(s):
    next(os.scandir(s.path))


@case
def execute_nothing(s):
    os.execv(s.path, [])


@case
def get_terminal_size(s):
    with open(s.file("x")) as handle:
        os.get_terminal_size(handle.fileno())


@case
def copy_missing(s):
    shutil.copy(s.path, s.folder)


@case
def copy_same(s):
    path = s.file("x")
    shutil.copyfile(path, path)


@case
def copy_tree(s):
    source = s.folder
    (source / s.word).symlink_to(s.path)
    try:
        shutil.copytree(source, f"copy-of-{s.table}")
    finally:
        (source / s.word).unlink()
        shutil.rmtree(f"copy-of-{s.table}")


@case
def copy_tree_missing(s):
    shutil.copytree(s.path, s.word)


@case
def move_into_itself(s):
    shutil.move(str(s.folder), str(s.folder / "inside"))


@case
def move_exists(s):
    path = s.file("x")
    shutil.move(path, os.path.dirname(path))


@case
def remove_tree(s):
    shutil.rmtree(s.path)


@case
def archive_format(s):
    shutil.make_archive(s.word, s.attribute, s.folder)


@case
def unpack_format(s):
    shutil.unpack_archive(s.file("x"), s.folder)


@case
def unpack_unknown(s):
    shutil.unpack_archive(s.file("x"), s.folder, s.attribute)


@case
def unpack_damaged(s):
    shutil.unpack_archive(s.file(s.text, ".zip"), s.folder)


@case
def owner(s):
    shutil.chown(s.file("x"), user=f"{s.attribute}_nobody")


@case
def zip_bad(s):
    zipfile.ZipFile(s.file(s.text))


@case
def zip_missing(s):
    zipfile.ZipFile(s.path)


@case
def zip_member(s):
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.getinfo(s.word)


@case
def zip_mode(s):
    zipfile.ZipFile(io.BytesIO(), s.word)


@case
def zip_closed(s):
    archive = zipfile.ZipFile(io.BytesIO(), "w")
    archive.close()
    archive.writestr(s.word, s.text)


def encrypted(s):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(s.table, s.text)
    content = bytearray(data.getvalue())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.find(mark) + at] |= 1
    return zipfile.ZipFile(io.BytesIO(bytes(content)))


@case
def zip_encrypted(s):
    encrypted(s).read(s.table)


@case
def zip_password(s):
    encrypted(s).read(s.table, s.password.encode())


@case
def zip_crc(s):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(s.table, s.text)
    content = data.getvalue().replace(s.text.encode(), s.text.swapcase().encode())
    zipfile.ZipFile(io.BytesIO(content)).read(s.table)


@case
def tar_bad(s):
    tarfile.open(s.file(s.text * 40))


@case
def tar_member(s):
    with tarfile.open(fileobj=io.BytesIO(), mode="w") as archive:
        archive.getmember(s.word)


@case
def tar_mode(s):
    tarfile.open(s.path, s.word)


@case
def tar_compression(s):
    tarfile.open(s.path, f"r:{s.word}")


@case
def tar_outside(s):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(f"../{s.word}"))
    data.seek(0)
    with tarfile.open(fileobj=data) as archive:
        archive.extractall(s.folder, filter="data")


@case
def gzip_bad(s):
    gzip.decompress(s.text.encode())


@case
def gzip_short(s):
    gzip.decompress(gzip.compress(s.text.encode())[:15])


@case
def gzip_mode(s):
    gzip.open(s.path, s.word + "t+b")


@case
def bz2_bad(s):
    bz2.decompress(s.text.encode())


@case
def lzma_bad(s):
    lzma.decompress(s.text.encode())


@case
def lzma_short(s):
    lzma.decompress(lzma.compress(s.text.encode())[:-8])


@case
def temporary(s):
    tempfile.mkstemp(dir=s.path)


@case
def temporary_prefix(s):
    tempfile.NamedTemporaryFile(prefix=s.path, dir="/nowhere")


@case
def temporary_mode(s):
    tempfile.NamedTemporaryFile(mode=s.word)


@case
def mailbox_missing(s):
    mailbox.Maildir(s.path, create=False)


@case
def mailbox_key(s):
    mailbox.mbox(s.file(""), create=True)[s.key]


@case
def mailbox_folder(s):
    mailbox.Maildir(s.folder / "mail").get_folder(s.word)


@case
def shelf_key(s):
    with shelve.Shelf({}) as shelf:
        shelf[s.key]


@case
def shelf_closed(s):
    shelf = shelve.Shelf({})
    shelf.close()
    shelf[s.key]


@case
def dbm_missing(s):
    dbm.open(s.path)


@case
def dbm_unknown(s):
    dbm.open(s.file(s.text, ".x"))


@case
def dbm_key(s):
    with dbm.dumb.open(str(s.folder / s.word), "n") as database:
        database[s.key]


@case
def mapped_empty(s):
    with open(s.file("")) as handle:
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)


@case
def mapped_length(s):
    with open(s.file("x"), "rb") as handle:
        mmap.mmap(handle.fileno(), 10_000_000, access=mmap.ACCESS_READ)


@case
def wave_bad(s):
    wave.open(io.BytesIO(s.text.encode()))


@case
def compare_files(s):
    filecmp.cmp(s.path, s.word)


@case
def resource(s):
    importlib.resources.files("corpus").joinpath(s.word).read_text()


@case
def resource_package(s):
    importlib.resources.files(f"{s.attribute}_missing")


@case
def process_failed(s):
    subprocess.run([sys.executable, "-c", "raise SystemExit(3)", s.password], check=True)


@case
def process_output(s):
    subprocess.check_output(
        [sys.executable, "-c", f"print({s.password!r}); raise SystemExit(1)"],
        stderr=subprocess.STDOUT,
    )


@case
def process_killed(s):
    subprocess.run(f"kill -9 $$ # {s.token}", shell=True, check=True)


@case
def process_missing(s):
    subprocess.run([f"{s.attribute}-missing", "--password", s.password])


@case
def process_directory(s):
    subprocess.run([sys.executable, s.token], cwd=s.path)


@case
def process_timeout(s):
    subprocess.run(["sleep", "5"], timeout=0.02, env={"TOKEN": s.token, "PATH": os.environ["PATH"]})


@case
def process_permission(s):
    subprocess.run([s.file(s.text, ".sh"), s.password])


@case
def process_arguments(s):
    subprocess.run([s.word], stdout=subprocess.PIPE, capture_output=True)


@case
def process_environment(s):
    subprocess.run([sys.executable], env={s.attribute: s.number})


@case
def process_null(s):
    subprocess.run([sys.executable, s.token + "\0"])
