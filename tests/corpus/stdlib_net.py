"""The standard library's network, against this machine alone."""

from __future__ import annotations

import contextlib
import ftplib
import http.client
import http.cookiejar
import http.cookies
import imaplib
import poplib
import selectors
import select
import smtplib
import socket
import socketserver
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
import urllib.robotparser
import xmlrpc.client

from corpus.planting import case


def dead_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def server(*answers):
    """Answer one connection: a greeting, then an answer to each thing that is said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                for number, answer in enumerate(answers):
                    if number:
                        client.recv(65536)
                    client.sendall(answer.encode("latin-1") if isinstance(answer, str) else answer)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def http_server(status, body="", headers=""):
    return server(
        "",
        f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}",
    )


@case
def refused(s):
    socket.create_connection(("127.0.0.1", dead_port()))


@case
def http_refused(s):
    http.client.HTTPConnection("127.0.0.1", dead_port()).request("GET", f"/{s.word}")


@case
def http_port(s):
    http.client.HTTPConnection(f"{s.attribute}:{s.word}")


@case
def http_method(s):
    http.client.HTTPConnection("127.0.0.1").putrequest(f"GET {s.word}\r\n", "/")


@case
def http_path(s):
    http.client.HTTPConnection("127.0.0.1").putrequest("GET", f"/{s.word}\r\n")


@case
def http_header(s):
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.putrequest("GET", "/")
    connection.putheader("Authorization", f"Bearer {s.token}\r\nx")


@case
def http_header_name(s):
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.putrequest("GET", "/")
    connection.putheader(f"{s.word}\r\n", "x")


@case
def http_state(s):
    http.client.HTTPConnection("127.0.0.1").getresponse()


@case
def http_bad_status(s):
    with server("", f"{s.text}\r\n\r\n") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse()


@case
def http_closed(s):
    with server("", "") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", f"/{s.token}")
        connection.getresponse()


@case
def http_incomplete(s):
    with server("", f"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{s.text}") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse().read()


@case
def http_version(s):
    with server("", "HTTP/7.3 200 OK\r\n\r\n") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse()


@case
def http_long_line(s):
    with server("", "HTTP/1.1 200 OK\r\nX: " + s.word * 70_000) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse()


@case
def url_not_found(s):
    with http_server(f"404 {s.word}", s.text) as port:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/{s.word}?token={s.token}")


@case
def url_forbidden(s):
    with http_server("401 Unauthorized", s.text) as port:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/{s.word}")


@case
def url_loop(s):
    with http_server("302 Found", headers="Location: gopher://x/\r\n") as port:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/")


@case
def url_refused(s):
    urllib.request.urlopen(f"http://127.0.0.1:{dead_port()}/{s.word}")


@case
def url_unknown_type(s):
    urllib.request.urlopen(f"{s.attribute}x://{s.attribute}/")


@case
def url_no_type(s):
    urllib.request.urlopen(s.word)


@case
def url_file(s):
    urllib.request.urlopen(f"file://{s.path}")


@case
def url_control(s):
    urllib.request.urlopen(f"http://127.0.0.1/{s.word} {s.table}")


@case
def url_no_host(s):
    urllib.request.urlopen(f"http:///{s.word}")


@case
def url_data(s):
    urllib.request.urlopen(f"data:{s.word}")


@case
def url_bracket(s):
    urllib.parse.urlsplit(f"http://[{s.word}/")


@case
def url_port(s):
    urllib.parse.urlsplit(f"http://x:{s.word}/").port


@case
def url_port_range(s):
    urllib.parse.urlsplit(f"http://x:{s.number + 100_000}/").port


@case
def query_strict(s):
    urllib.parse.parse_qs(f"{s.word}&{s.password}", strict_parsing=True)


@case
def query_fields(s):
    urllib.parse.parse_qs(f"{s.word}=1&{s.table}=2", max_num_fields=1)


@case
def quote_type(s):
    urllib.parse.urlencode(s.number)


@case
def mixed_url(s):
    urllib.parse.urljoin(s.url, b"x")


@case
def cookie_key(s):
    http.cookies.SimpleCookie()[f"{s.word} {s.table}"] = s.token


@case
def cookie_attribute(s):
    http.cookies.Morsel()[s.attribute] = 1


@case
def cookie_file(s):
    http.cookiejar.MozillaCookieJar(s.file(s.text)).load()


@case
def cookie_no_name(s):
    http.cookiejar.LWPCookieJar().load()


@case
def name_unknown(s):
    socket.getaddrinfo(f"{s.attribute}.invalid.", "no-such-service-x")


@case
def service_unknown(s):
    socket.getservbyname(s.attribute + "-x")


@case
def address_text(s):
    socket.inet_aton(s.word)


@case
def address_pton(s):
    socket.inet_pton(socket.AF_INET6, s.word)


@case
def port_range(s):
    with socket.socket() as made:
        made.bind(("127.0.0.1", s.number + 100_000))


@case
def bind_twice(s):
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket() as second:
        second.bind(first.getsockname())


@case
def timed_out(s):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        listener.accept()


@case
def not_connected(s):
    with socket.socket() as made:
        made.send(s.token.encode())


@case
def closed_socket(s):
    made = socket.socket()
    made.close()
    made.recv(1)


@case
def unix_socket(s):
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(f"/tmp/{s.word}.sock")


@case
def unix_long(s):
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(s.path * 20)


@case
def text_sent(s):
    with socket.socket() as made:
        made.sendto(s.token, ("127.0.0.1", 9))


@case
def ssl_not_spoken(s):
    with server("", "HTTP/1.0 400 Bad\r\n\r\n" * 10) as port:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            ssl.create_default_context().wrap_socket(raw, server_hostname=s.attribute)


@case
def ssl_certificate_file(s):
    ssl.create_default_context(cafile=s.path)


@case
def ssl_no_certificate(s):
    ssl.create_default_context(cafile=s.file(s.text))


@case
def ssl_chain(s):
    ssl.create_default_context().load_cert_chain(s.file(s.text), password=s.password)


@case
def ssl_ciphers(s):
    ssl.create_default_context().set_ciphers(s.word)


@case
def ssl_hostname(s):
    context = ssl.create_default_context()
    context.verify_mode = ssl.CERT_NONE


@case
def ssl_pem(s):
    ssl.PEM_cert_to_DER_cert(s.text)


@case
def ssl_time(s):
    ssl.cert_time_to_seconds(s.word)


@case
def ftp_denied(s):
    with server("220 hello\r\n", "331 go on\r\n", f"530 {s.user} cannot log in\r\n") as port:
        ftp = ftplib.FTP()
        ftp.connect("127.0.0.1", port)
        ftp.login(s.user, s.password)


@case
def ftp_greeting(s):
    with server(f"{s.text}\r\n") as port:
        ftplib.FTP().connect("127.0.0.1", port)


@case
def ftp_path(s):
    ftplib.parse257(f"200 {s.path}")


@case
def ftp_passive(s):
    ftplib.parse227(f"227 {s.word}")


@case
def ftp_line(s):
    ftplib.FTP().putline(f"{s.word}\r\n")


@case
def smtp_greeting(s):
    with server(f"554 {s.host} has no mail for you\r\n") as port:
        smtplib.SMTP("127.0.0.1", port)


@case
def smtp_login(s):
    with server(
        "220 hello\r\n", "250-x\r\n250 AUTH PLAIN\r\n", f"535 no {s.user}\r\n", "221 bye\r\n"
    ) as port:
        smtplib.SMTP("127.0.0.1", port).login(s.user, s.password)


@case
def smtp_no_authentication(s):
    with server("220 hello\r\n", "250 x\r\n") as port:
        smtplib.SMTP("127.0.0.1", port).login(s.user, s.password)


@case
def smtp_recipients(s):
    with server(
        "220 hello\r\n", "250 x\r\n", "250 ok\r\n", f"550 who is {s.email}\r\n", "250 ok\r\n"
    ) as port:
        smtplib.SMTP("127.0.0.1", port).sendmail("me", [s.email], s.text)


@case
def smtp_starttls(s):
    with server("220 hello\r\n", "250 x\r\n") as port:
        smtplib.SMTP("127.0.0.1", port).starttls()


@case
def smtp_unconnected(s):
    smtplib.SMTP().sendmail("me", [s.email], s.text)


@case
def pop_denied(s):
    with server("+OK hello\r\n", "-ERR no mailbox for %s\r\n" % s.user) as port:
        poplib.POP3("127.0.0.1", port).user(s.user)


@case
def imap_denied(s):
    with server("* OK hello\r\n", "* BAD x\r\n", "") as port:
        imaplib.IMAP4("127.0.0.1", port).login(s.user, s.password)


@case
def imap_state(s):
    with server("* BYE " + s.host + "\r\n") as port:
        imaplib.IMAP4("127.0.0.1", port)


@case
def xmlrpc_fault(s):
    answer = xmlrpc.client.dumps(xmlrpc.client.Fault(7, f"no method {s.word}"))
    xmlrpc.client.loads(answer)


@case
def xmlrpc_marshal(s):
    xmlrpc.client.dumps((s.number << 64, s.word))


@case
def xmlrpc_protocol(s):
    with http_server("500 broken", s.text) as port:
        xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/{s.word}").work(s.token)


@case
def robots(s):
    urllib.robotparser.RobotFileParser(f"http://127.0.0.1:{dead_port()}/{s.word}").read()


@case
def select_bad(s):
    select.select([s.word], [], [])


@case
def selector_bad(s):
    selectors.DefaultSelector().register(s.word, selectors.EVENT_READ)


@case
def selector_unknown(s):
    with socket.socket() as made:
        selectors.DefaultSelector().unregister(made)


@case
def server_in_use(s):
    with socket.create_server(("127.0.0.1", 0)) as first:
        socketserver.TCPServer(first.getsockname(), socketserver.BaseRequestHandler)
