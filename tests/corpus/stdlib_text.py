"""The standard library's parsers and texts."""

from __future__ import annotations

import ast
import base64
import binascii
import cmd
import codecs
import configparser
import csv
import difflib
import email.errors
import email.headerregistry
import email.message
import email.parser
import email.policy
import email.utils
import fileinput
import getopt
import gettext
import html.parser
import io
import json
import locale
import logging
import logging.config
import netrc
import optparse
import plistlib
import quopri
import re
import shlex
import string
import textwrap
import tokenize
import unicodedata
import uuid
import xml.dom.minidom
import xml.etree.ElementTree as ElementTree
import xml.sax

from corpus.planting import case, needs


@case
def configparser_section(s):
    configparser.ConfigParser().get(s.table, s.column)


@case
def configparser_option(s):
    config = configparser.ConfigParser()
    config.read_string(f"[{s.table}]\nx = 1\n")
    config.get(s.table, s.column + "_x")


@case
def configparser_no_header(s):
    configparser.ConfigParser().read_string(f"{s.column} = {s.password}\n", source=s.path)


@case
def configparser_parsing(s):
    configparser.ConfigParser().read_string(f"[{s.table}]\n{s.word} {s.column}\n", source=s.path)


@case
def configparser_duplicate(s):
    configparser.ConfigParser().read_string(f"[{s.table}]\n[{s.table}]\n")


@case
def configparser_duplicate_option(s):
    configparser.ConfigParser().read_string(f"[{s.table}]\n{s.column}=1\n{s.column}=2\n")


@case
def configparser_interpolation(s):
    config = configparser.ConfigParser()
    config.read_string(f"[{s.table}]\n{s.column} = %({s.word}_x)s\n")
    config.get(s.table, s.column)


@case
def configparser_syntax(s):
    config = configparser.ConfigParser()
    config.read_string(f"[{s.table}]\n{s.column} = 50% {s.word}\n")
    config.get(s.table, s.column)


@case
def configparser_boolean(s):
    config = configparser.ConfigParser()
    config.read_string(f"[{s.table}]\n{s.column} = {s.word}\n")
    config.getboolean(s.table, s.column)


@case
def configparser_integer(s):
    config = configparser.ConfigParser()
    config.read_string(f"[{s.table}]\n{s.column} = {s.word}\n")
    config.getint(s.table, s.column)


@case
def configparser_type(s):
    configparser.ConfigParser().read_dict({s.table: {s.column: "1"}, s.table.upper(): {}})
    config = configparser.ConfigParser()
    config.add_section(s.table)
    config.set(s.table, s.column, s.number)


@case
def configparser_item(s):
    configparser.ConfigParser()[s.table]


@case
def json_value(s):
    json.loads("{" + s.text)


@case
def json_extra(s):
    json.loads(f'"{s.word}" {s.text}')


@case
def json_delimiter(s):
    json.loads(f'{{"{s.column}": "{s.password}" "{s.table}": 1}}')


@case
def json_string(s):
    json.loads(f'{{"{s.column}": "{s.password}')


@case
def json_serializable(s):
    json.dumps({s.column: s})


@case
def json_circular(s):
    value = {s.column: s.word}
    value["self"] = value
    json.dumps(value)


@case
def json_keys(s):
    json.dumps({(s.table, s.column): 1})


@case
def json_nan(s):
    json.dumps([float("nan"), s.word], allow_nan=False)


@case
def json_bytes(s):
    json.loads(b"\xff\xff" + s.word.encode())


@case
def json_type(s):
    json.loads(s.number)


@case
def csv_dialect(s):
    csv.reader([s.text], dialect=s.word)


@case
def csv_quote(s):
    list(csv.reader([f'"{s.word}"{s.text}'], strict=True))


@case
def csv_fields(s):
    csv.DictWriter(io.StringIO(), ["a"]).writerow({"a": 1, s.column: s.word})


@case
def csv_sniff(s):
    csv.Sniffer().sniff(s.word, delimiters="\x01")


@case
def csv_escape(s):
    csv.writer(io.StringIO(), quoting=csv.QUOTE_NONE, delimiter=s.word[0]).writerow([s.word])


@case
def csv_delimiter(s):
    csv.writer(io.StringIO(), delimiter=s.word)


@case
def email_header(s):
    message = email.message.EmailMessage()
    message["Subject"] = f"{s.text}\n{s.email}"


@case
def email_twice(s):
    message = email.message.EmailMessage()
    message["To"] = s.email
    message["To"] = s.email


@case
def email_address(s):
    email.headerregistry.Address(addr_spec=f"{s.email} {s.word}")


@case
def email_part(s):
    message = email.message.EmailMessage()
    message.set_content(s.text)
    message.attach(email.message.EmailMessage())


@case
def email_date(s):
    email.utils.parsedate_to_datetime(s.word)


@case
def email_defect(s):
    email.message_from_string(
        f"Content-Type: multipart/mixed; boundary={s.word}\n\n{s.text}", policy=email.policy.strict
    )


@case
def element_tree(s):
    ElementTree.fromstring(f"<{s.table}>{s.text}</{s.column}>")


@case
def element_tree_find(s):
    ElementTree.Element(s.table).find(f"[{s.column}")


@case
def element_tree_remove(s):
    ElementTree.Element(s.table).remove(ElementTree.Element(s.column))


@case
def element_tree_serialize(s):
    element = ElementTree.Element(s.table)
    element.text = s.number
    ElementTree.tostring(element)


@case
def minidom(s):
    xml.dom.minidom.parseString(f"<{s.table} {s.column}={s.word}/>")


@case
def minidom_removal(s):
    document = xml.dom.minidom.parseString(f"<{s.table}/>")
    document.documentElement.removeChild(document.createElement(s.column))


@case
def sax(s):
    xml.sax.parseString(f"<{s.table}>&{s.word};</{s.table}>", xml.sax.handler.ContentHandler())


@case
def html_parser(s):
    class Broken(html.parser.HTMLParser):
        def handle_data(self, data):
            raise AssertionError(f"did not expect text inside of a table: {data}")

    Broken().feed(f"<table>{s.text}")


@case
def toml(s):
    needs(3, 11)
    import tomllib

    tomllib.loads(f"{s.column} = {s.word}")


@case
def toml_twice(s):
    needs(3, 11)
    import tomllib

    tomllib.loads(f"[{s.table}]\n{s.column} = 1\n{s.column} = 2\n")


@case
def toml_type(s):
    needs(3, 11)
    import tomllib

    tomllib.load(io.StringIO(s.text))


@case
def plist(s):
    plistlib.loads(b"<plist>" + s.text.encode())


@case
def plist_key(s):
    plistlib.loads(f"<plist><dict><string>{s.word}</string></dict></plist>".encode())


@case
def plist_date(s):
    plistlib.loads(f"<plist><integer>{s.word}</integer></plist>".encode())


@case
def plist_dump(s):
    plistlib.dumps({s.column: None})


@case
def pattern_group(s):
    re.compile(f"({s.word}")


@case
def pattern_repeat(s):
    re.compile(f"*{s.word}")


@case
def pattern_escape(s):
    re.compile(s.word + "\\")


@case
def pattern_reference(s):
    re.compile(f"(?P={s.attribute})")


@case
def pattern_redefined(s):
    re.compile(f"(?P<{s.attribute}>a)(?P<{s.attribute}>b)")


@case
def pattern_no_group(s):
    re.match("(?P<a>.)", s.word).group(s.attribute + "_")


@case
def pattern_look_behind(s):
    re.compile(f"(?<=a*{s.word})")


@case
def template_key(s):
    string.Template(f"${s.attribute}").substitute()


@case
def template_invalid(s):
    string.Template(f"{s.word} $ {s.table}").substitute()


@case
def formatter(s):
    string.Formatter().format("{" + s.attribute + "}")


@case
def shlex_quote(s):
    shlex.split(f"mysql -p'{s.password}")


@case
def shlex_escape(s):
    shlex.split(s.path + "\\")


@case
def getopt_unknown(s):
    getopt.getopt([f"--{s.word}"], "x")


@case
def getopt_argument(s):
    getopt.getopt([f"--{s.word}"], "", [f"{s.word}="])


@case
def optparse_conflict(s):
    made = optparse.OptionParser()
    made.add_option(f"--{s.word}")
    made.add_option(f"--{s.word}")


@case
def optparse_action(s):
    optparse.OptionParser().add_option("--x", action=s.word)


@case
def optparse_invalid(s):
    optparse.OptionParser().add_option(f"{s.word} x")


@case
def netrc_token(s):
    netrc.netrc(s.file(f"machine {s.host} login {s.user} {s.word}_x {s.password}\n"))


@case
def netrc_bad(s):
    netrc.netrc(s.file(f"{s.word} {s.password}\n"))


@case
def base64_padding(s):
    base64.b64decode("abcde" + "a" * 4)


@case
def base64_characters(s):
    base64.b64decode(f"!{s.word}!", validate=True)


@case
def base32(s):
    base64.b32decode(s.word.lower() + "1")


@case
def base85(s):
    base64.b85decode(f'"{s.word}"')


@case
def hexadecimal(s):
    binascii.unhexlify(f"x{s.word}x" + "x" * (len(s.word) % 2))


@case
def hexadecimal_odd(s):
    binascii.unhexlify("abc")


@case
def base64_non_ascii(s):
    base64.b64decode(f"é{s.word}")


@case
def codec_unknown(s):
    codecs.lookup(f"{s.attribute}-encoding")


@case
def codec_handler(s):
    codecs.lookup_error(s.attribute)


@case
def codec_idna(s):
    f"{s.word}..{s.word}".encode("idna")


@case
def codec_punycode(s):
    ("é" + s.word).encode("latin-1").decode("ascii")


@case
def codec_charmap(s):
    ("\u20ac" + s.word).encode("cp437")


@case
def codec_utf16(s):
    (s.word.encode("utf-16") + b"x").decode("utf-16")


@case
def unicode_name(s):
    unicodedata.lookup(s.word)


@case
def unicode_no_name(s):
    unicodedata.name("\x00")


@case
def uuid_text(s):
    uuid.UUID(s.word)


@case
def uuid_arguments(s):
    uuid.UUID(hex=s.key, int=s.number)


@case
def literal_eval(s):
    ast.literal_eval(f"{s.attribute}()")


@case
def literal_eval_syntax(s):
    ast.literal_eval(f"{s.word} {s.table}")


@case
def ast_parse(s):
    ast.parse(f"def {s.attribute}:\n pass", filename=s.path)


@case
def tokens(s):
    list(tokenize.generate_tokens(io.StringIO(f"({s.word}\n").readline))


@case
def text_width(s):
    textwrap.wrap(s.text, width=0)


@case
def text_placeholder(s):
    textwrap.shorten(s.text, width=2, placeholder=s.text)


@case
def locale_unknown(s):
    locale.setlocale(locale.LC_ALL, f"{s.attribute}_XX")


@case
def gettext_missing(s):
    gettext.translation(s.word, localedir=s.path)


@case
def gettext_plural(s):
    gettext.c2py(f"n == {s.attribute}")


@case
def logging_level(s):
    logging.getLogger("x").setLevel(s.word)


@case
def logging_style(s):
    logging.Formatter("%(message)s", style=s.word)


@case
def logging_format(s):
    logging.Formatter(s.word, style="{")


@case
def logging_config(s):
    logging.config.dictConfig({"version": 1, "handlers": {s.word: {"class": f"{s.attribute}.X"}}})


@case
def logging_config_version(s):
    logging.config.dictConfig({"version": s.number})


@case
def logging_config_root(s):
    logging.config.dictConfig({"version": 1, "root": {"handlers": [s.word]}})


@case
def logging_config_file(s):
    logging.config.fileConfig(s.path)


@case
def command_loop(s):
    class Shell(cmd.Cmd):
        def default(self, line):
            raise LookupError(f"the shell has no command for {line!r}")

    Shell().onecmd(s.word)


@case
def diff_mode(s):
    list(difflib.restore([s.text], s.number))


@case
def input_files(s):
    list(fileinput.input([s.path]))


@case
def text_io(s):
    io.StringIO(s.word).fileno()


@case
def text_io_newline(s):
    io.TextIOWrapper(io.BytesIO(s.word.encode()), newline=s.word)
