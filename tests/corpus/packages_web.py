"""Packages that speak HTTP, from either side."""

from __future__ import annotations

import socket

import flask
import httpx
import itsdangerous
import jinja2
import markupsafe
import requests
import urllib3
import werkzeug.exceptions
import werkzeug.routing
import werkzeug.security
import werkzeug.utils
from django.conf import settings

from corpus.planting import case
from corpus.stdlib_net import dead_port, http_server, server

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    SECRET_KEY="not-so",
    ALLOWED_HOSTS=[],
    ROOT_URLCONF="corpus.packages_web",
)
urlpatterns = []
import django

django.setup()
from django.core import exceptions, management, signing, validators
from django.core.serializers import deserialize
from django.db import connection, models
from django.template import engines
from django.test import RequestFactory
from django.urls import resolve, reverse


class Plan(models.Model):
    title = models.CharField(max_length=3)
    hours = models.IntegerField()

    class Meta:
        app_label = "corpus"


@case
def requests_refused(s):
    requests.get(f"http://127.0.0.1:{dead_port()}/{s.word}?token={s.token}", timeout=2)


@case
def requests_schema(s):
    requests.get(s.word)


@case
def requests_adapter(s):
    requests.get(f"{s.attribute}x://{s.attribute}/")


@case
def requests_invalid(s):
    requests.get("http://")


@case
def requests_host(s):
    requests.get(f"http://*{s.attribute}/{s.word}")


@case
def requests_status(s):
    with http_server("404 Not Found", s.text) as port:
        requests.get(f"http://127.0.0.1:{port}/{s.word}", timeout=2).raise_for_status()


@case
def requests_server_error(s):
    with http_server("503 Service Unavailable", s.text) as port:
        requests.get(
            f"http://127.0.0.1:{port}/{s.word}", auth=(s.user, s.password), timeout=2
        ).raise_for_status()


@case
def requests_json(s):
    with http_server("200 OK", "<" + s.text) as port:
        requests.get(f"http://127.0.0.1:{port}/{s.word}", timeout=2).json()


@case
def requests_timeout(s):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        requests.get(f"http://127.0.0.1:{port}/{s.word}", timeout=0.05)


@case
def requests_broken(s):
    with server("", "") as port:
        requests.get(f"http://127.0.0.1:{port}/{s.word}", timeout=2)


@case
def requests_redirects(s):
    session = requests.Session()
    session.max_redirects = 0
    with http_server("302 Found", headers=f"Location: /{s.word}\r\n") as port:
        session.get(f"http://127.0.0.1:{port}/{s.word}", timeout=2)


@case
def requests_header(s):
    requests.get(f"http://127.0.0.1:{dead_port()}", headers={"Authorization": f"{s.token}\n"})


@case
def requests_header_type(s):
    requests.get(f"http://127.0.0.1:{dead_port()}", headers={"X-Count": s.number})


@case
def requests_verify(s):
    requests.get(f"https://127.0.0.1:{dead_port()}/", verify=s.path)


@case
def requests_cookie(s):
    jar = requests.cookies.RequestsCookieJar()
    jar.set(s.word, s.token, domain="a")
    jar.set(s.word, s.token, domain="b")
    jar[s.word]


@case
def requests_unrewindable(s):
    requests.utils.rewind_body(requests.Request("POST", s.url).prepare())


@case
def requests_stream(s):
    requests.Request("POST", "http://x/", data=iter([s.word]), files={s.word: s.text}).prepare()


@case
def httpx_refused(s):
    httpx.get(f"http://127.0.0.1:{dead_port()}/{s.word}")


@case
def httpx_protocol(s):
    httpx.get(f"{s.attribute}x://{s.attribute}/")


@case
def httpx_no_protocol(s):
    httpx.get(s.word)


@case
def httpx_status(s):
    with http_server("418 Teapot", s.text) as port:
        httpx.get(f"http://127.0.0.1:{port}/{s.word}").raise_for_status()


@case
def httpx_disconnected(s):
    with server("", "") as port:
        httpx.get(f"http://127.0.0.1:{port}/{s.token}")


@case
def httpx_garbage(s):
    with server("", s.text + "\r\n\r\n") as port:
        httpx.get(f"http://127.0.0.1:{port}/{s.token}")


@case
def httpx_url(s):
    httpx.URL(f"http://{s.attribute}:{s.word}/")


@case
def httpx_url_type(s):
    httpx.URL(s.number)


@case
def httpx_closed(s):
    client = httpx.Client()
    client.close()
    client.get(s.url)


@case
def httpx_no_request(s):
    httpx.Response(200, text=s.text).raise_for_status()


@case
def httpx_redirect(s):
    with http_server("302 Found", headers=f"Location: {s.attribute}x://{s.attribute}\r\n") as port:
        httpx.get(f"http://127.0.0.1:{port}/", follow_redirects=True)


@case
def urllib3_refused(s):
    urllib3.PoolManager(retries=False).request("GET", f"http://127.0.0.1:{dead_port()}/{s.word}")


@case
def urllib3_retries(s):
    urllib3.PoolManager(retries=1).request("GET", f"http://127.0.0.1:{dead_port()}/{s.word}")


@case
def urllib3_scheme(s):
    urllib3.PoolManager().request("GET", f"{s.attribute}x://{s.attribute}/")


@case
def urllib3_location(s):
    urllib3.util.parse_url(f"http://{s.attribute}:{s.word}/")


@case
def urllib3_no_host(s):
    urllib3.PoolManager().request("GET", f"/{s.word}")


@case
def urllib3_json(s):
    with http_server("200 OK", s.text) as port:
        urllib3.request("GET", f"http://127.0.0.1:{port}/").json()


@case
def urllib3_timeout(s):
    urllib3.Timeout(connect=s.word)


@case
def urllib3_decode(s):
    with http_server("200 OK", s.text, "Content-Encoding: gzip\r\n") as port:
        urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False)


@case
def urllib3_proxy(s):
    urllib3.ProxyManager(s.word)


@case
def werkzeug_not_found(s):
    werkzeug.exceptions.abort(404)


@case
def werkzeug_described(s):
    werkzeug.exceptions.abort(403, f"the user {s.user} may not see {s.table}")


@case
def werkzeug_code(s):
    werkzeug.exceptions.abort(s.number + 1000)


@case
def werkzeug_build(s):
    rules = werkzeug.routing.Map([werkzeug.routing.Rule("/x", endpoint="x")])
    rules.bind("localhost").build(s.word)


@case
def werkzeug_match(s):
    werkzeug.routing.Map([]).bind("localhost").match(f"/{s.word}")


@case
def werkzeug_converter(s):
    werkzeug.routing.Map([werkzeug.routing.Rule(f"/<{s.attribute}x:a>", endpoint="x")])


@case
def werkzeug_rule(s):
    werkzeug.routing.Rule(s.word, endpoint="x")


@case
def werkzeug_key(s):
    werkzeug.datastructures.MultiDict()[s.key]


@case
def werkzeug_immutable(s):
    werkzeug.datastructures.ImmutableDict()[s.key] = 1


@case
def werkzeug_import(s):
    werkzeug.utils.import_string(f"json.{s.attribute}")


@case
def werkzeug_hash(s):
    werkzeug.security.generate_password_hash(s.password, method=s.word)


@case
def flask_context(s):
    flask.current_app.config[s.key]


@case
def flask_request(s):
    flask.request.args[s.key]


@case
def flask_key(s):
    app = flask.Flask("x")
    with app.test_request_context(f"/?{s.word}=1"):
        flask.request.form[s.key]


@case
def flask_session(s):
    app = flask.Flask("x")
    with app.test_request_context():
        flask.session[s.key] = s.token


@case
def flask_url(s):
    app = flask.Flask("x")
    with app.test_request_context():
        flask.url_for(s.word)


@case
def flask_endpoint(s):
    app = flask.Flask("x")
    app.add_url_rule("/a", s.word, lambda: "a")
    app.add_url_rule("/b", s.word, lambda: "b")


@case
def flask_template(s):
    app = flask.Flask("x")
    with app.app_context():
        flask.render_template(f"{s.word}.html")


@case
def flask_view(s):
    app = flask.Flask("x")
    app.add_url_rule("/", "x", lambda: None)
    app.testing = True
    app.test_client().get("/")


@case
def flask_blueprint(s):
    flask.Blueprint(f"{s.word}.{s.table}", "x")


@case
def flask_json(s):
    app = flask.Flask("x")
    with app.app_context():
        flask.json.dumps({s.column: object()})


@case
def signature(s):
    itsdangerous.Signer(s.key).unsign(s.key)


@case
def signature_bad(s):
    itsdangerous.URLSafeSerializer(s.key).loads(f"{s.word}.{s.table}")


@case
def jinja_undefined(s):
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.from_string("{{ " + s.attribute + "_missing }}").render()


@case
def jinja_attribute(s):
    jinja2.Template("{{ x." + s.attribute + ".y }}").render(x={})


@case
def jinja_syntax(s):
    jinja2.Template("{% if " + s.word + " %}\n" + s.text)


@case
def jinja_tag(s):
    jinja2.Template("{% " + s.attribute + "x %}")


@case
def jinja_filter(s):
    jinja2.Template("{{ 1|" + s.attribute + " }}")


@case
def jinja_missing(s):
    jinja2.Environment(loader=jinja2.DictLoader({})).get_template(s.word)


@case
def jinja_select(s):
    jinja2.Environment(loader=jinja2.DictLoader({})).select_template([s.word, s.table])


@case
def jinja_raises(s):
    def refuse(value):
        raise ValueError(f"the macro refuses the value {value}")

    jinja2.Template("{% set a = 1 %}\n{{ f('" + s.word + "') }}").render(f=refuse)


@case
def jinja_zero(s):
    jinja2.Template("{{ " + str(s.number) + " // 0 }}").render()


@case
def jinja_sandbox(s):
    from jinja2.sandbox import SandboxedEnvironment

    SandboxedEnvironment().from_string(
        "{{ ''.__class__.__mro__ }}{{ x.__" + s.attribute + "() }}"
    ).render(x=1)


@case
def jinja_no_loader(s):
    jinja2.Environment().get_template(s.word)


@case
def markup_format(s):
    markupsafe.Markup("<b>%s %s</b>") % (s.word,)


@case
def markup_spec(s):
    class Widget:
        def __html__(self):
            return s.word

    markupsafe.Markup("{:x}").format(Widget())


@case
def django_validation(s):
    Plan(title=s.word, hours=s.word).full_clean()


@case
def django_url(s):
    validators.validate_email(s.word)


@case
def django_missing(s):
    reverse(s.word)


@case
def django_resolve(s):
    resolve(f"/{s.word}")


@case
def django_field(s):
    Plan.objects.filter(**{f"{s.attribute}_x": 1})


@case
def django_argument(s):
    Plan(**{s.attribute: 1})


@case
def django_no_table(s):
    Plan.objects.get(title=s.word)


@case(depends="which lookup is proposed, if any")
def django_lookup(s):
    Plan.objects.filter(**{f"title__{s.attribute}": 1})


@case
def django_value(s):
    Plan.objects.filter(hours=s.word)


@case
def django_raw(s):
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {s.table}_missing where x = %s", [s.password])


@case
def django_template(s):
    engines["django"].from_string("{% " + s.attribute + "x %}")


@case
def django_template_missing(s):
    engines["django"].get_template(f"{s.word}.html")


@case
def django_filter(s):
    engines["django"].from_string("{{ x|" + s.attribute + "x }}")


@case
def django_command(s):
    management.call_command(f"{s.attribute}x")


@case
def django_option(s):
    management.call_command("check", **{f"{s.attribute}_x": 1})


@case
def django_host(s):
    RequestFactory().get("/", HTTP_HOST=f"{s.attribute}.example").get_host()


@case
def django_signature(s):
    signing.loads(s.token, key=s.key)


@case
def django_setting(s):
    getattr(settings, s.attribute.upper())


@case
def django_improper(s):
    connection.settings_dict
    raise exceptions.ImproperlyConfigured(
        f"the setting {s.key} names no database, but {s.database}"
    )


@case
def django_deserialize(s):
    list(deserialize("json", f'[{{"model": "{s.word}.{s.table}", "fields": {{}}}}]'))


@case
def django_serializer(s):
    deserialize(s.word, s.text)


@case
def django_app(s):
    from django.apps import apps

    apps.get_model(s.word, s.table)
