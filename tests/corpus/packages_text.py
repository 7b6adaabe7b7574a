"""Packages that read texts."""

from __future__ import annotations

import dateutil.parser
import dateutil.relativedelta
import dateutil.rrule
import dateutil.tz
import jmespath
import lark
import packaging.markers
import packaging.requirements
import packaging.specifiers
import packaging.tags
import packaging.utils
import packaging.version
import pyparsing
import tomlkit
import yaml

from corpus.planting import case


@case
def yaml_scanner(s):
    yaml.safe_load(f"{s.column}: {s.word}\n\t{s.table}: 1")


@case
def yaml_parser(s):
    yaml.safe_load(f"{s.column}: [{s.password}")


@case
def yaml_mapping(s):
    yaml.safe_load(f"{s.column}: {s.word}: {s.table}")


@case
def yaml_tag(s):
    yaml.safe_load(f"!{s.attribute} {s.word}")


@case
def yaml_alias(s):
    yaml.safe_load(f"*{s.attribute}")


@case
def yaml_composer(s):
    yaml.safe_load(f"{s.column}\n---\n{s.table}")


@case
def yaml_represent(s):
    yaml.safe_dump({s.column: object()})


@case
def yaml_unhashable(s):
    yaml.safe_load(f"? [{s.column}]\n: {{{s.word}: 1}}\n? {{a: b}}\n: 1")


@case
def yaml_reader(s):
    yaml.safe_load(s.word + "\x01")


@case
def yaml_date(s):
    yaml.safe_load(f"{s.column}: 2020-13-01")


@case
def tomlkit_character(s):
    tomlkit.parse(f"{s.column} = {s.word}")


@case
def tomlkit_twice(s):
    tomlkit.parse(f"{s.column} = 1\n{s.column} = 2\n")


@case
def tomlkit_end(s):
    tomlkit.parse(f'{s.column} = "{s.password}')


@case
def tomlkit_empty_key(s):
    tomlkit.parse(f" = {s.password}")


@case
def tomlkit_missing(s):
    tomlkit.document()[s.key]


@case
def tomlkit_convert(s):
    tomlkit.item(object())


@case
def tomlkit_table(s):
    tomlkit.parse(f"[{s.table}]\na=1\n[{s.table}]\nb=1\n")


@case
def version(s):
    packaging.version.Version(s.word)


@case
def specifier(s):
    packaging.specifiers.SpecifierSet(f"=={s.word}")


@case
def requirement(s):
    packaging.requirements.Requirement(f"{s.attribute} {s.table}")


@case
def requirement_url(s):
    packaging.requirements.Requirement(f"{s.attribute} @ ")


@case
def requirement_marker(s):
    packaging.requirements.Requirement(f"{s.attribute}; {s.word} == 'x'")


@case
def marker(s):
    packaging.markers.Marker(f"python_version {s.word}")


@case
def marker_undefined(s):
    packaging.markers.Marker("python_version ~= 'x'").evaluate({"python_version": s.word})


@case
def wheel_name(s):
    packaging.utils.parse_wheel_filename(f"{s.attribute}.whl")


@case
def wheel_extension(s):
    packaging.utils.parse_wheel_filename(f"{s.attribute}.zip")


@case
def sdist_name(s):
    packaging.utils.parse_sdist_filename(f"{s.attribute}.tar.gz")


@case
def canonical(s):
    packaging.utils.canonicalize_name(f"{s.word} {s.table}", validate=True)


@case
def date_unknown(s):
    dateutil.parser.parse(s.word)


@case
def date_range(s):
    dateutil.parser.parse("2020-02-31")


@case
def date_iso(s):
    dateutil.parser.isoparse(s.word)


@case
def date_empty(s):
    dateutil.parser.parse("")


@case
def date_type(s):
    dateutil.parser.parse(s.number)


@case
def rule(s):
    dateutil.rrule.rrulestr(f"FREQ={s.word}")


@case
def rule_empty(s):
    dateutil.rrule.rrulestr("")


@case
def zone_file(s):
    dateutil.tz.tzfile(s.file(s.text))


@case
def zone_text(s):
    dateutil.tz.tzstr(f"{s.word},{s.table},{s.column}")


@case
def relative(s):
    dateutil.relativedelta.relativedelta(s.word, s.table)


@case
def relative_years(s):
    dateutil.relativedelta.relativedelta(years=1.5)


@case
def path_syntax(s):
    jmespath.compile(f"{s.attribute}.[{s.table}")


@case
def path_lexer(s):
    jmespath.compile(f"{s.attribute} ~ {s.table}")


@case
def path_function(s):
    jmespath.search(f"{s.attribute}(@)", {})


@case
def path_arity(s):
    jmespath.search("length(@, @)", s.word)


@case
def path_type(s):
    jmespath.search("length(@)", s.number)


@case
def path_empty(s):
    jmespath.compile("")


@case
def parsed_literal(s):
    pyparsing.Literal("begin").parse_string(s.word)


@case
def parsed_word(s):
    pyparsing.Word(pyparsing.nums).set_name("number").parse_string(s.text)


@case
def parsed_end(s):
    pyparsing.Word(pyparsing.alphas + "_").parse_string(f"{s.word} {s.table}", parse_all=True)


@case
def parsed_action(s):
    def refuse(_, __, tokens):
        raise ValueError(f"the keyword {tokens[0]} has been taken out of the language")

    pyparsing.Word(pyparsing.printables).set_parse_action(refuse).parse_string(s.word)


@case
def parsed_any(s):
    (pyparsing.Literal("begin") | pyparsing.Literal("end")).parse_string(s.word)


GRAMMAR = """
start: "let" NAME "=" NUMBER
NAME: /[a-z]+/
NUMBER: /[0-9]+/
%ignore " "
"""


@case
def lark_character(s):
    lark.Lark(GRAMMAR, parser="lalr").parse(f"let !{s.password}")


@case
def lark_token(s):
    lark.Lark(GRAMMAR, parser="lalr").parse(f"let x = = {s.password}")


@case
def lark_end(s):
    lark.Lark(GRAMMAR, parser="lalr").parse("let x = ")


@case
def lark_earley(s):
    lark.Lark(GRAMMAR).parse(f"let !{s.password}")


@case
def lark_grammar(s):
    lark.Lark(f"start: {s.attribute}_rule")


@case
def lark_no_start(s):
    lark.Lark(f'{s.attribute.lower()}: "x"', start="begin")


@case
def lark_option(s):
    lark.Lark(GRAMMAR, **{f"{s.attribute}_x": 1})


@case
def lark_visitor(s):
    class Reader(lark.Transformer):
        def start(self, children):
            raise LookupError(f"the name {s.word} has no meaning here")

    Reader().transform(lark.Lark(GRAMMAR, parser="lalr").parse("let x = 1"))
