"""Says in plain words what an error of the network was.

Texts of errors are not used: they are foreign, and differ between versions of OpenSSL.
"""

from __future__ import annotations

import ssl

from telemetry_hook._outbox import certificates

# By the name of urllib3's class.
FAILURES = {
    "ConnectTimeoutError": "the receiver did not answer in time",
    "NameResolutionError": "the receiver's name is not known",
    "NewConnectionError": "the receiver cannot be reached",
    "ProtocolError": "the receiver closed the connection",
    "ProxyError": "the proxy failed",
    "ReadTimeoutError": "the receiver did not answer in time",
}
# By OpenSSL's names of its reasons.
# Under TLS 1.3 an HTTPS proxy says so as late as a receiver does.
WANTS_CERTIFICATE = "a client certificate is wanted, and we have none"
TOO_OLD = "{} knows only versions of TLS that are too old"
TLS_FAILURES = {
    "HTTP_REQUEST": "{} speaks plain HTTP there, not TLS",
    "WRONG_VERSION_NUMBER": "{} speaks plain HTTP there, not TLS",
    "PACKET_LENGTH_TOO_LONG": "{} speaks plain HTTP there, not TLS",
    "RECORD_LAYER_FAILURE": "{} speaks plain HTTP there, not TLS",
    "UNSUPPORTED_PROTOCOL": TOO_OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": TOO_OLD,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": WANTS_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": WANTS_CERTIFICATE,
}
# By X509_V_ERR_ numbers of OpenSSL's <openssl/x509_vfy.h>.
NOT_YET_VALID, EXPIRED = 9, 10
OTHER_NAME, OTHER_ADDRESS = 62, 64
UNKNOWN_SIGNERS = (2, 18, 19, 20, 21)
CERTIFICATE_FAILURES = {
    NOT_YET_VALID: "{}'s certificate is not valid yet; is this machine's clock right?",
    EXPIRED: "{}'s certificate has expired",
    OTHER_NAME: "{}'s certificate is for another name",
    OTHER_ADDRESS: "{}'s certificate is for another name",
    **dict.fromkeys(UNKNOWN_SIGNERS, "{}'s certificate is signed by nobody known here"),
}


def reason(error: Exception) -> str:
    """Return what happened, in plain words, for an error that urllib3 has raised."""
    name = type(error).__name__
    tls_error = _within(error, ssl.SSLError)
    if tls_error is None and name != "SSLError":
        return f"the network failed: {FAILURES.get(name, name)}"
    is_unknown = getattr(tls_error, "verify_code", None) in UNKNOWN_SIGNERS
    if is_unknown and certificates.are_missing():
        return certificates.MISSING
    peer = "the proxy" if name == "ProxyError" else "the receiver"
    return f"the network failed: {_tls_failure(tls_error).format(peer)}"


def _tls_failure(error: ssl.SSLError | None) -> str:
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):  # some have no reason
        return "{} closed the connection"
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATE_FAILURES.get(error.verify_code, "{}'s certificate is not trusted")
    return TLS_FAILURES.get(getattr(error, "reason", None) or "", "{} failed to agree on TLS")


def _within(error: BaseException | None, kind: type[ssl.SSLError]) -> ssl.SSLError | None:
    """Return the error of OpenSSL that errors of urllib3 have as an argument."""
    while error is not None and not isinstance(error, kind):
        causes = (value for value in error.args if isinstance(value, BaseException))
        error = next(causes, None)
    return error
