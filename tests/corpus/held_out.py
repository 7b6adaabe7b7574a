"""Twelve packages that were chosen before anybody looked at what is kept of their messages.

They are here to measure with, by `nox -s usefulness`, and to learn nothing from.
"""

from __future__ import annotations

import io
import struct
import zipfile

import arrow
import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.loaders
import botocore.model
import botocore.session
import botocore.utils
import botocore.validate
import configobj
import dns.exception
import dns.ipv4
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.zone
import numpy
import openpyxl
import openpyxl.styles
import openpyxl.utils
import paramiko
import pypdf
import redis
import redis.commands.search.field
import setuptools
import setuptools.archive_util
import setuptools.command.egg_info
import setuptools.config.setupcfg
import starlette.applications
import starlette.config
import starlette.datastructures
import starlette.requests
import starlette.responses
import starlette.routing
import validate
from PIL import Image, ImageColor, ImageDraw, ImageFont
from setuptools.dist import Distribution

from corpus.planting import case
from corpus.stdlib_net import dead_port, http_server


def client(service, **options):
    """Return a client of a cloud service that no network is needed for."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    return session.create_client(service, region_name="eu-west-1", **options)


@case
def botocore_parameter(s):
    client("s3").get_object(Bucket=s.number, Key=s.key)


@case
def botocore_missing(s):
    client("s3").get_object(Bucket=s.word)


@case
def botocore_operation(s):
    raise botocore.exceptions.ClientError(
        {"Error": {"Code": "AccessDenied", "Message": s.text}}, "GetObject"
    )


@case
def botocore_endpoint(s):
    options = botocore.config.Config(retries={"max_attempts": 0}, connect_timeout=1)
    client("s3", endpoint_url=f"http://127.0.0.1:{dead_port()}", config=options).list_objects(
        Bucket=s.word.lower()
    )


@case
def botocore_bucket(s):
    client("s3").get_object(Bucket=f"{s.word} {s.word}", Key=s.key)


@case
def botocore_service(s):
    client(s.word)


@case
def botocore_waiter(s):
    client("s3").get_waiter(s.word)


@case
def botocore_profile(s):
    botocore.session.Session(profile=s.user).get_scoped_config()


@case
def botocore_region(s):
    botocore.session.Session().create_client("s3", region_name=f"{s.word}!")


@case
def botocore_credentials(s):
    session = botocore.session.Session()
    session.set_credentials(None, None)
    session.create_client("sts", region_name="eu-west-1").get_caller_identity()


@case
def redis_refused(s):
    redis.Redis("127.0.0.1", dead_port(), socket_timeout=1, retry=None).get(s.key)


@case
def redis_url(s):
    redis.Redis.from_url(f"{s.word}://{s.host}")


@case
def redis_value(s):
    with http_server("200 OK", s.text) as port:
        redis.Redis("127.0.0.1", port, socket_timeout=1).set(s.key, [s.text])


@case
def redis_reply(s):
    with http_server("200 OK", s.text) as port:
        redis.Redis("127.0.0.1", port, socket_timeout=1).ping()


@case
def redis_expiry(s):
    redis.Redis().zadd(s.key, {})


@case
def redis_field(s):
    redis.commands.search.field.VectorField(s.word, s.attribute, {})


@case
def redis_lock(s):
    redis.Redis().lock(s.key, timeout=None).extend(3)


@case
def starlette_route(s):
    starlette.routing.Router().url_path_for(s.word, name=s.text)


@case
def starlette_path(s):
    starlette.routing.Route(s.word, lambda _: None)


@case
def starlette_converter(s):
    starlette.routing.Route(f"/{{x:{s.attribute}}}", lambda _: None)


@case
def starlette_setting(s):
    starlette.config.Config()(s.word.upper() + "_X")


@case
def starlette_cast(s):
    starlette.config.Config(environ={s.word: s.text})(s.word, cast=int)


@case
def starlette_session(s):
    return starlette.requests.Request({"type": "http", "path": s.path}).session


@case
def starlette_file(s):
    import asyncio

    response = starlette.responses.FileResponse(s.path + "x")

    async def send(_):
        pass

    asyncio.run(response({"type": "http", "method": "GET", "headers": []}, None, send))


@case
def starlette_middleware(s):
    app = starlette.applications.Starlette()
    app.build_middleware_stack()
    app.middleware_stack = app
    app.add_middleware(object, s.text)


@case
def dns_label(s):
    dns.name.from_text(s.word * 20)


@case
def dns_empty(s):
    dns.name.from_text(f"{s.word}..{s.host}")


@case
def dns_type(s):
    dns.rdatatype.from_text(s.word + "-")


@case(depends="the line that refuses it")
def dns_address(s):
    dns.ipv4.inet_aton(s.host)


@case
def dns_message(s):
    dns.message.from_wire(s.text.encode()[:9])


@case
def dns_zone(s):
    dns.zone.from_text(f"@ IN A {s.word}", origin=f"{s.host}.")


@case
def dns_data(s):
    dns.rdata.from_text("IN", "A", s.text)


@case
def dns_timeout(s):
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port, resolver.lifetime = dead_port(), 0.2
    resolver.resolve(f"{s.host}.")


@case
def dns_server(s):
    dns.resolver.Resolver(configure=False).nameservers = [s.host]


@case
def openpyxl_suffix(s):
    openpyxl.load_workbook(s.file(s.text, ".docx"))


@case
def openpyxl_content(s):
    openpyxl.load_workbook(s.file(s.text, ".xlsx"))


@case
def openpyxl_archive(s):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(s.word, s.text)
    openpyxl.load_workbook(s.file(content.getvalue(), ".xlsx"))


@case
def openpyxl_sheet(s):
    return openpyxl.Workbook()[s.table]


@case
def openpyxl_title(s):
    openpyxl.Workbook().active.title = f"{s.table}[]"


@case
def openpyxl_value(s):
    openpyxl.Workbook().active["A1"] = [s.text]


@case
def openpyxl_cell(s):
    openpyxl.utils.coordinate_to_tuple(s.word + "%")


@case
def openpyxl_colour(s):
    openpyxl.styles.Color(rgb=s.word + "-")


@case
def openpyxl_row(s):
    openpyxl.Workbook().active.cell(row=0, column=1, value=s.text)


@case
def openpyxl_append(s):
    openpyxl.Workbook().active.append(s.number)


@case
def pypdf_header(s):
    pypdf.PdfReader(io.BytesIO(s.text.encode()), strict=True)


@case
def pypdf_empty(s):
    pypdf.PdfReader(s.file(""))


@case
def pypdf_trailer(s):
    pypdf.PdfReader(io.BytesIO(f"%PDF-1.4\n{s.text}\n%%EOF".encode()), strict=True)


@case
def pypdf_missing(s):
    pypdf.PdfReader(s.path + "x")


@case
def pypdf_page(s):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    return writer.pages[s.number]


@case
def pypdf_password(s):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    writer.encrypt(s.password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return pypdf.PdfReader(out).pages[0]


@case
def pypdf_size(s):
    pypdf.PdfWriter().add_blank_page()


@case
def pillow_unknown(s):
    Image.open(s.file(s.text, ".png"))


@case
def pillow_truncated(s):
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "PNG")
    Image.open(s.file(out.getvalue()[:60], ".png")).load()


@case
def pillow_mode(s):
    Image.new(s.word, (1, 1))


@case
def pillow_size(s):
    Image.new("RGB", (-s.number, 1))


@case
def pillow_suffix(s):
    Image.new("RGB", (1, 1)).save(s.path + f".{s.attribute}")


@case
def pillow_colour(s):
    ImageColor.getrgb(s.word + "-")


@case
def pillow_convert(s):
    Image.new("RGBA", (1, 1)).save(io.BytesIO(), "JPEG")


@case
def pillow_font(s):
    ImageFont.truetype(s.path + "x")


@case
def pillow_draw(s):
    ImageDraw.Draw(Image.new("RGB", (9, 9))).line([(1, 2, s.number)], s.word)


@case
def numpy_shapes(s):
    return numpy.zeros(3 + s.count) + numpy.zeros(2)


@case
def numpy_index(s):
    return numpy.zeros(2)[s.number]


@case
def numpy_convert(s):
    numpy.array([s.text], dtype=float)


@case
def numpy_reshape(s):
    numpy.zeros(3).reshape(s.number + 1, 2)


@case
def numpy_type(s):
    numpy.dtype(s.word + "!")


@case
def numpy_field(s):
    return numpy.zeros(2, dtype=[("a", int)])[s.column]


@case
def numpy_singular(s):
    numpy.linalg.inv(numpy.zeros((2, 2)))


@case
def numpy_text(s):
    numpy.loadtxt(io.StringIO(s.text))


@case
def numpy_truth(s):
    return bool(numpy.zeros(s.count))


@case
def numpy_concatenate(s):
    numpy.concatenate([])


@case
def paramiko_key(s):
    paramiko.RSAKey.from_private_key_file(s.file(s.text))


@case
def paramiko_encrypted(s):
    out = io.StringIO()
    paramiko.RSAKey.generate(1024).write_private_key(out, s.password)
    paramiko.RSAKey.from_private_key(io.StringIO(out.getvalue()))


@case
def paramiko_refused(s):
    paramiko.SSHClient().connect("127.0.0.1", dead_port(), s.user, s.password)


@case
def paramiko_banner(s):
    with http_server("200 OK", s.text) as port:
        paramiko.SSHClient().connect("127.0.0.1", port, s.user, s.password, banner_timeout=1)


@case
def paramiko_host_keys(s):
    paramiko.hostkeys.HostKeyEntry.from_line(f"{s.host} ssh-rsa {s.word}=x", 3)


@case
def paramiko_config(s):
    paramiko.SSHConfig.from_text(s.word)


@case
def paramiko_message(s):
    paramiko.Message(struct.pack(">I", 3) + b"\xff\xff\xff").get_text()


@case
def paramiko_unknown_host(s):
    policy = paramiko.RejectPolicy()
    policy.missing_host_key(paramiko.SSHClient(), s.host, paramiko.RSAKey.generate(1024))


@case
def arrow_parse(s):
    arrow.get(s.text)


@case
def arrow_format(s):
    arrow.get(s.word, "YYYY-MM-DD")


@case
def arrow_zone(s):
    arrow.now(s.word + "/" + s.word)


@case
def arrow_frame(s):
    arrow.utcnow().floor(s.word)


@case
def arrow_type(s):
    arrow.get([s.text])


@case
def arrow_locale(s):
    arrow.utcnow().humanize(locale=s.word)


@case
def arrow_human(s):
    arrow.utcnow().dehumanize(s.text)


@case
def arrow_shift(s):
    arrow.utcnow().shift(**{s.attribute: 1})


@case
def arrow_range(s):
    list(arrow.Arrow.range("hour", arrow.utcnow()))


@case
def configobj_section(s):
    configobj.ConfigObj([f"[{s.word}", "a = 1"])


@case
def configobj_duplicate(s):
    configobj.ConfigObj([f"{s.key} = 1", f"{s.key} = 2"], raise_errors=True)


@case
def configobj_line(s):
    configobj.ConfigObj([s.text], raise_errors=True)


@case
def configobj_missing(s):
    configobj.ConfigObj(s.path + "x", file_error=True)


@case
def configobj_interpolation(s):
    return configobj.ConfigObj([f"a = %({s.attribute})s"])["a"]


@case
def configobj_option(s):
    configobj.ConfigObj(options={s.attribute: s.text})


@case
def configobj_type(s):
    return configobj.ConfigObj({"a": s.text}).as_int("a")


@case
def configobj_check(s):
    validate.Validator().check("integer(max=2)", s.text)


@case
def configobj_big(s):
    validate.Validator().check("integer(max=2)", str(s.number))


@case
def configobj_function(s):
    validate.Validator().check(s.attribute, s.text)


@case
def setuptools_version(s):
    setuptools.setup(name="x", version=s.text, script_args=["--version"])


@case
def setuptools_command(s):
    Distribution().get_command_obj(s.attribute).run()


@case
def setuptools_keyword(s):
    Distribution({"entry_points": [s.text]})


@case
def setuptools_data(s):
    Distribution({"package_data": {s.word: s.text}})


@case
def setuptools_zip_safe(s):
    Distribution({"zip_safe": s.text})


@case
def setuptools_archive(s):
    setuptools.archive_util.unpack_archive(s.file(s.text), s.database)


@case
def setuptools_config(s):
    setuptools.config.setupcfg.read_configuration(s.path + "x")


@case
def setuptools_attribute(s):
    path = s.file(f"[metadata]\nname = x\nversion = attr: {s.attribute}.y\n", ".cfg")
    setuptools.config.setupcfg.read_configuration(path)


@case
def setuptools_requirement(s):
    Distribution({"python_requires": s.text})
