"""Numbers and texts of the errors of C libraries, by platform.

The running program can change `errno.errorcode`, `os.strerror` and the constants in `socket`, and the
C library's texts are in the user's language. So numbers are looked up only here, and each error has
one text: that of glibc in English, or of macOS for the errors that glibc does not have.
"""

from __future__ import annotations

import sys

# Names by number, from 1 on. A dash is a number without a name.
LINUX = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT
ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLOCK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY
ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR
EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK
EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC
ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE
EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT EAFNOSUPPORT
EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY
EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
EHWPOISON EFTYPE
"""
MACOS = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EDEADLK ENOMEM EACCES EFAULT
ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EAGAIN EINPROGRESS EALREADY ENOTSOCK EDESTADDRREQ
EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT
EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET
ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED ELOOP ENAMETOOLONG
EHOSTDOWN EHOSTUNREACH ENOTEMPTY EPROCLIM EUSERS EDQUOT ESTALE EREMOTE EBADRPC ERPCMISMATCH
EPROGUNAVAIL EPROGMISMATCH EPROCUNAVAIL ENOLCK ENOSYS EFTYPE EAUTH ENEEDAUTH EPWROFF EDEVERR
EOVERFLOW EBADEXEC EBADARCH ESHLIBVERS EBADMACHO ECANCELED EIDRM ENOMSG EILSEQ ENOATTR EBADMSG
EMULTIHOP ENODATA ENOLINK ENOSR ENOSTR EPROTO ETIME EOPNOTSUPP ENOPOLICY ENOTRECOVERABLE
EOWNERDEAD EQFULL ENOTCAPABLE
"""
FREEBSD = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EDEADLK ENOMEM EACCES EFAULT
ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EAGAIN EINPROGRESS EALREADY ENOTSOCK EDESTADDRREQ
EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT
EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET
ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED ELOOP ENAMETOOLONG
EHOSTDOWN EHOSTUNREACH ENOTEMPTY EPROCLIM EUSERS EDQUOT ESTALE EREMOTE EBADRPC ERPCMISMATCH
EPROGUNAVAIL EPROGMISMATCH EPROCUNAVAIL ENOLCK ENOSYS EFTYPE EAUTH ENEEDAUTH EIDRM ENOMSG
EOVERFLOW ECANCELED EILSEQ ENOATTR EDOOFUS EBADMSG EMULTIHOP ENOLINK EPROTO ENOTCAPABLE ECAPMODE
ENOTRECOVERABLE EOWNERDEAD EINTEGRITY
"""
WINDOWS = """
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT -
EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY - EFBIG ENOSPC ESPIPE EROFS
EMLINK EPIPE EDOM ERANGE - EDEADLOCK - ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY EILSEQ
"""
# Winsock, from 10001 on.
WINSOCK = """
- - - WSAEINTR - - - - WSAEBADF - - - WSAEACCES WSAEFAULT - - - - - - - WSAEINVAL - WSAEMFILE -
- - - - - - - - - WSAEWOULDBLOCK WSAEINPROGRESS WSAEALREADY WSAENOTSOCK WSAEDESTADDRREQ
WSAEMSGSIZE WSAEPROTOTYPE WSAENOPROTOOPT WSAEPROTONOSUPPORT WSAESOCKTNOSUPPORT WSAEOPNOTSUPP
WSAEPFNOSUPPORT WSAEAFNOSUPPORT WSAEADDRINUSE WSAEADDRNOTAVAIL WSAENETDOWN WSAENETUNREACH
WSAENETRESET WSAECONNABORTED WSAECONNRESET WSAENOBUFS WSAEISCONN WSAENOTCONN WSAESHUTDOWN
WSAETOOMANYREFS WSAETIMEDOUT WSAECONNREFUSED WSAELOOP WSAENAMETOOLONG WSAEHOSTDOWN
WSAEHOSTUNREACH WSAENOTEMPTY WSAEPROCLIM WSAEUSERS WSAEDQUOT WSAESTALE WSAEREMOTE
"""
# Errors of `getaddrinfo`.
ADDRESS_LINUX = """
BADFLAGS NONAME AGAIN FAIL NODATA FAMILY SOCKTYPE SERVICE ADDRFAMILY MEMORY SYSTEM OVERFLOW
"""  # from -1 on, downwards
ADDRESS_BSD = """
ADDRFAMILY AGAIN BADFLAGS FAIL FAMILY MEMORY NODATA NONAME SERVICE SOCKTYPE SYSTEM BADHINTS
PROTOCOL OVERFLOW
"""  # from 1 on
ADDRESS_WINDOWS = {
    8: "EAI_MEMORY",
    10022: "EAI_BADFLAGS",
    10044: "EAI_SOCKTYPE",
    10047: "EAI_FAMILY",
    10109: "EAI_SERVICE",
    11001: "EAI_NONAME",
    11002: "EAI_AGAIN",
    11003: "EAI_FAIL",
}

# Texts by name.
TEXTS = """
E2BIG Argument list too long
EACCES Permission denied
EADDRINUSE Address already in use
EADDRNOTAVAIL Cannot assign requested address
EADV Advertise error
EAFNOSUPPORT Address family not supported by protocol
EAGAIN Resource temporarily unavailable
EALREADY Operation already in progress
EAUTH Authentication error
EBADARCH Bad CPU type in executable
EBADE Invalid exchange
EBADEXEC Bad executable (or shared library)
EBADF Bad file descriptor
EBADFD File descriptor in bad state
EBADMACHO Malformed Mach-o file
EBADMSG Bad message
EBADR Invalid request descriptor
EBADRPC RPC struct is bad
EBADRQC Invalid request code
EBADSLT Invalid slot
EBFONT Bad font file format
EBUSY Device or resource busy
ECANCELED Operation canceled
ECAPMODE Not permitted in capability mode
ECHILD No child processes
ECHRNG Channel number out of range
ECOMM Communication error on send
ECONNABORTED Software caused connection abort
ECONNREFUSED Connection refused
ECONNRESET Connection reset by peer
EDEADLK Resource deadlock avoided
EDEADLOCK Resource deadlock avoided
EDESTADDRREQ Destination address required
EDEVERR Device error
EDOM Numerical argument out of domain
EDOOFUS Programming error
EDOTDOT RFS specific error
EDQUOT Disk quota exceeded
EEXIST File exists
EFAULT Bad address
EFBIG File too large
EFTYPE Inappropriate file type or format
EHOSTDOWN Host is down
EHOSTUNREACH No route to host
EHWPOISON Memory page has hardware error
EIDRM Identifier removed
EILSEQ Invalid or incomplete multibyte or wide character
EINPROGRESS Operation now in progress
EINTEGRITY Integrity check failed
EINTR Interrupted system call
EINVAL Invalid argument
EIO Input/output error
EISCONN Transport endpoint is already connected
EISDIR Is a directory
EISNAM Is a named type file
EKEYEXPIRED Key has expired
EKEYREJECTED Key was rejected by service
EKEYREVOKED Key has been revoked
EL2HLT Level 2 halted
EL2NSYNC Level 2 not synchronized
EL3HLT Level 3 halted
EL3RST Level 3 reset
ELIBACC Can not access a needed shared library
ELIBBAD Accessing a corrupted shared library
ELIBEXEC Cannot exec a shared library directly
ELIBMAX Attempting to link in too many shared libraries
ELIBSCN .lib section in a.out corrupted
ELNRNG Link number out of range
ELOOP Too many levels of symbolic links
EMEDIUMTYPE Wrong medium type
EMFILE Too many open files
EMLINK Too many links
EMSGSIZE Message too long
EMULTIHOP Multihop attempted
ENAMETOOLONG File name too long
ENAVAIL No XENIX semaphores available
ENEEDAUTH Need authenticator
ENETDOWN Network is down
ENETRESET Network dropped connection on reset
ENETUNREACH Network is unreachable
ENFILE Too many open files in system
ENOANO No anode
ENOATTR Attribute not found
ENOBUFS No buffer space available
ENOCSI No CSI structure available
ENODATA No data available
ENODEV No such device
ENOENT No such file or directory
ENOEXEC Exec format error
ENOKEY Required key not available
ENOLCK No locks available
ENOLINK Link has been severed
ENOMEDIUM No medium found
ENOMEM Cannot allocate memory
ENOMSG No message of desired type
ENONET Machine is not on the network
ENOPKG Package not installed
ENOPOLICY Policy not found
ENOPROTOOPT Protocol not available
ENOSPC No space left on device
ENOSR Out of streams resources
ENOSTR Device not a stream
ENOSYS Function not implemented
ENOTBLK Block device required
ENOTCAPABLE Capabilities insufficient
ENOTCONN Transport endpoint is not connected
ENOTDIR Not a directory
ENOTEMPTY Directory not empty
ENOTNAM Not a XENIX named type file
ENOTRECOVERABLE State not recoverable
ENOTSOCK Socket operation on non-socket
ENOTSUP Operation not supported
ENOTTY Inappropriate ioctl for device
ENOTUNIQ Name not unique on network
ENXIO No such device or address
EOPNOTSUPP Operation not supported
EOVERFLOW Value too large for defined data type
EOWNERDEAD Owner died
EPERM Operation not permitted
EPFNOSUPPORT Protocol family not supported
EPIPE Broken pipe
EPROCLIM Too many processes
EPROCUNAVAIL Bad procedure for program
EPROGMISMATCH Program version wrong
EPROGUNAVAIL RPC prog. not avail
EPROTO Protocol error
EPROTONOSUPPORT Protocol not supported
EPROTOTYPE Protocol wrong type for socket
EPWROFF Device power is off
EQFULL Interface output queue is full
ERANGE Numerical result out of range
EREMCHG Remote address changed
EREMOTE Object is remote
EREMOTEIO Remote I/O error
ERESTART Interrupted system call should be restarted
ERFKILL Operation not possible due to RF-kill
EROFS Read-only file system
ERPCMISMATCH RPC version wrong
ESHLIBVERS Shared library version mismatch
ESHUTDOWN Cannot send after transport endpoint shutdown
ESOCKTNOSUPPORT Socket type not supported
ESPIPE Illegal seek
ESRCH No such process
ESRMNT Srmount error
ESTALE Stale file handle
ESTRPIPE Streams pipe error
ETIME Timer expired
ETIMEDOUT Connection timed out
ETOOMANYREFS Too many references: cannot splice
ETXTBSY Text file busy
EUCLEAN Structure needs cleaning
EUNATCH Protocol driver not attached
EUSERS Too many users
EWOULDBLOCK Resource temporarily unavailable
EXDEV Invalid cross-device link
EXFULL Exchange full
"""


def _numbered(names: str, first: int = 1) -> dict[int, str]:
    return {number: name for number, name in enumerate(names.split(), first) if name != "-"}


def _addresses(names: str, step: int) -> dict[int, str]:
    return {step * number: f"EAI_{name}" for number, name in enumerate(names.split(), 1)}


_BY_PLATFORM = {
    "linux": (_numbered(LINUX), _addresses(ADDRESS_LINUX, -1)),
    "darwin": (_numbered(MACOS), _addresses(ADDRESS_BSD, 1)),
    "freebsd": (_numbered(FREEBSD), _addresses(ADDRESS_BSD, 1)),
    "win32": (_numbered(WINDOWS) | _numbered(WINSOCK, 10001), ADDRESS_WINDOWS),
}
# On another system only the classes of errors are reported, because its numbers may differ.
_PLATFORM = sys.platform.rstrip("0123456789") if sys.platform != "win32" else sys.platform
ERRORS, ADDRESS_ERRORS = _BY_PLATFORM.get(_PLATFORM, ({}, {}))
_TEXTS = dict(line.split(" ", 1) for line in TEXTS.strip().splitlines())


def text(number: int) -> str | None:
    """Return the text for an error number: 2 → ``No such file or directory``. None if there is none."""
    return _TEXTS.get(ERRORS.get(number, "").removeprefix("WSA"))
