"""Words that identify nobody, though a user, a machine or a directory may be called like them.

`COMMON` are names of accounts, machines and directories that very many machines have. `ORDINARY` are
the words that are in ten and more modules of Python's standard library, without names of people,
and the names of built-in functions and classes.
"""

_COMMON = """
256color admin administrator air airflow alpine anaconda apache app appdata apps arch at azure
backup bash bin br build builder builds cache celery centos ch ci circleci cn code codespace
codespaces computer conda container csh daemon darwin dash data de debian demo demos deploy
deployer desktop dev dist docker documents downloads ec2 emacs empty en env es etc example
examples fedora files fish fr freebsd gb github gitlab guest home host html imac it ja jenkins
jovyan jp jupyter ko ksh kubernetes lan laptop less lib lib64 linux local localdomain localhost
mac macbook macos mail media mini miniconda mnt mysql nano nginx nixos nl nobody nonexistent
notebook notebooks null operator opt owner packages pc pi pl podman postgres postgresql private
pro proc program project projects pt python python3 raspberrypi redis repo repos roaming rocky
root ru run runner sandbox sbin scratch screen service sh share site source sources spark spool
src srv suse svc sys temp test tests tmp tmux travis ubuntu us user username users usr utf utf8
vagrant var venv vi vim vm vscode vt100 windows work workdir works workspace workspaces
workstation www xterm zh zsh
"""

_ORDINARY = """
ab abc abcmeta ability able abort aborted about above abs absolute abspath abstract abstractmethod
accept accepted accepting accepts access accessed accessible according accordingly account acquire
across act action actions active acts actual actually adapted add added adding addition additional
addr address addresses adds adjust advantage advertising af affect affected affects after again
against agreement ahead aiter aix algorithm algorithms alias aliases align alive all allow allowed
allowing allows almost alone along alpha already also alt alter alternate alternative
alternatively alternatives although altsep always among amount an anchor and android anext
annotations another answer any anymore anything anyway anywhere apache apart api apis app appear
appears append appended appending apple applicable application applications applied applies apply
approach appropriate appropriately apr arbitrary archive are arg argparse args argument arguments
argv arising arithmeticerror armin around array as ascii ask assert assertion assertionerror
assign assigned assignment associated assume assumed assumes assuming ast async asynchronous
asyncio at atexit atomic attach attached attempt attempted attempting attempts attr attribute
attributeerror attributes attrs audit aug auth authentication author authorization authors auto
automatic automatically available avoid avoids await aware away back background backlog backslash
backslashes backspace backward backwards bad bar bare base base64 based baseexception
baseexceptiongroup basename bases basic basis be because become becomes been before begin
beginning behavior behaviour being below best beta better between beyond big bin binary binascii
bind bit bits blank blanks block blocked blocking blockingioerror blocks blocksize body bogus bom
bool boolean bootstrap both bottom bound boundaries boundary bounded box bpo br brackets branch
break breakpoint breaks broken brokenpipeerror bsd buf buffer buffered buffererror buffering
buffers bufsize bug bugs build building builds built builtin builtins but button by byte bytearray
bytecode bytes byteswarning bz2 cache cached caches caching calculate calculated calendar call
callable callback callbacks called caller callers calling calls came can cancel cancelled
candidate cannot canonical capture care careful case cases cast catch category caught cause caused
causes causing caution cb cc ccompiler cdata cell certain cgi ch chain change changed changes
changing char character characters chars charset chdir check checked checking checks child
childprocesserror children chmod choice choices choose chosen chr chunk chunks circular cl class
classes classmethod clause clean cleanup clear cleared clears client clients clone close closed
closes closing closure cls cmd cmp co code codecs codes col collapse collect collected collection
collections colon color column columns com combination combine combined come comes comma command
commands commas comment comments commit common commonly comp compact compare compared compares
comparing comparison comparisons compatibility compatible compilation compile compiled compiler
compiling complete completed completely completion complex compliance compliant complicated
component components compress compressed compression compute computed concatenated concatenation
concrete concurrent condition conditional conditions config configuration configure configured
conform conn connect connected connection connectionabortederror connectionerror
connectionrefusederror connectionreseterror connections consecutive consequential consider
considered consistency consistent consisting consists console const constant constants construct
constructed construction constructor constructs consume consumed contact contain contained
container containers containing contains content contents context contextlib contextmanager
contexts continuation continue contract contributor control controls convenience convenient
convention conversion convert converted converting converts cookie copied copies copy copying
copyright core coro coroutine coroutines correct correctly correspond corresponding corresponds
could couldn count counter counts course cover cpp cpu cpython cr creat create created creates
creating creation credits crlf cross cs ctrl ctx ctype ctypes cur curdir current currently curses
cursor custom customize cut cwd cxx cycle cycles cygwin daemon damages darwin dash data database
dataclass dataclasses date datetime day db dbm dd de dead deal debug debugging dec decide decimal
decl declaration declared decode decoded decoder decoding decorated decorator dedent deep deepcopy
def default defaulting defaults defect define defined defines defining definition definitions del
delattr delay delete deleted delimited delimiter delitem delta depend dependencies dependency
dependent depending depends deprecated deprecation deprecationwarning depth deque derive derived
desc descendant describe described describing description descriptions descriptor descriptors
designed desired dest destination destroy destroyed detach detail detailed details detect detected
determine determined determines dev device devnull dialog dict dictionaries dictionary dicts did
didn diff differ difference differences different differs digest digit digits dir direct direction
directly directories directory dirname dirs disable disabled discard discarded disclaims disk
dispatch display displayed disposition dist distinguish distribute distributed distribution
distributions distutils divide division divmod dl dll do doc docs docstring docstrings doctest
doctype document documentation documented documents does doesn doing dom domain done dont dos dot
dotall dots dotted double down drive drop dry dst dt dtd due dumb dummy dump dumps dup duplicate
duplicated duplicates during dynamic dynamically each earlier early easier easily easy ed effect
effective efficient efficiently effort eg either elem element elements elif ellipsis else email
embedded emit emitted empty emulate en enable enabled enc enclosed encode encoded encoding
encodings encodingwarning encountered end ended endian ending ends endswith engine enough ensure
ensures enter entered entire entirely entities entity entries entry enum enumerate env environ
environment environmenterror eof eoferror epoch eq equal equivalent err errno error errors escape
escaped escapes especially essentially etc eval even event events eventually ever every everything
ex exact exactly example examples exc exceeded exceeds except exception exceptiongroup exceptions
exclude exclusive exe exec executable executables execute executed executing execution executor
exhausted exist existence existing exists exit exitcode exited exiting exits exp expand expanded
expanduser expansion expat expect expected expecting expects expensive explicit explicitly export
exports expose exposed expr expressed expression expressions ext extend extended extension
extensions external extra extract extracted fact factor factory fail failed fails failure fairly
fall fallback false family fancy far fast faster fatal favor fd fdopen fds feature features feb
fee feed fetch few ff field fields figure file fileexistserror filename filenames fileno
filenotfounderror fileobj files filesystem fill filled filter filters final finalize finalized
finalizer finally find findall finder finding finditer finds fine finish finished first
firstlineno fit fitness fix fixed fixes fixme fixup flag flags float floating floatingpointerror
floats flow flush fmt fn fname fnmatch fold folded follow followed following follows font foo for
force forever forget fork forking form format formats formatted formatter formatting former forms
forward found foundation four fp fraction fragment frame frames framework free from fromkeys front
frozen frozendict frozenset fs fsdecode fsencode fspath fstat full fullmatch fullname fully func
function functionality functions functools further fut future futures futurewarning garbage gather
gc ge gen general generally generate generated generates generating generation generator
generatorexit generators generic get getattr getcwd getframe getitem getline getopt getpeername
getpid gets getsockname getstate getting getvalue gh gid github give given gives giving glob
global globals gmail gmt gnu go goes going good got grab granted greater group groupdict groups gt
guarantee guaranteed guard guess gzip hack had half hand handle handled handler handlers handles
handling handshake handy happen happens hard has hasattr hash hashable hasn have haven having head
header headers height held hello help helper helpers helps hence here hereby hex hexadecimal hh hi
hidden hide hierarchy high higher highest hint historical history hit hold holding holds home hook
hooks horizontal host hostname hour hours how however html http https human id idea ident
identical identified identifier identifiers identify identifying identity idle ids idx ie if iff
ignore ignorecase ignored ignores ignoring illegal image immediately immutable imp impl implement
implementation implementations implemented implementing implements implicit implicitly implied
implies import important importcycleerror imported importer importerror importing importlib
imports importwarning in inc include included includes including incoming incompatible incomplete
inconsistent incorrect increment incremental indent indentation indentationerror indented
independent index indexerror indexing indicate indicated indicates indicating indicator indices
indirect indirectly individual inet inf infinite infinity info information inherit inherited init
initial initialization initialize initialized initializer initially inline inner input inputs
insensitive insert inserted inside inspect inst install installation installed installing instance
instances instantiate instantiated instantiation instead instruction int integer integers intended
interactive interesting interface interfaces intermediate internal internally interpretation
interpreted interpreter interrupt interrupted interruptederror intersection into introspection
ints invalid invariant invocation invoke invoked invoking io iobase ioerror iowrapper ip ipv4 ipv6
is isabs isadirectoryerror isdigit isdir isfile isinstance islink isn iso isspace issubclass issue
issued issues it item items iter iterable iterables iterate iterating iteration iterator iterators
iterdir itertools its itself java job join joined joining joinpath json jul jump just keep
keepends keeping keeps kept kernel key keyboard keyboardinterrupt keyerror keys keyword keywords
kill kind klass know knowledge known knows kw kwargs kwds label lambda lang language large larger
last late later latin latin1 latter launch lazy lc ld le leading leak least leave leaving left
legacy legal len length less let lets letter letters level levels lf liable lib libraries library
license licensed like likely limit limited limits line linear linecache lineno lines linesep link
linked linker linking links linux list listdir listed listen listing lists literal literals little
live ll ln lo load loaded loader loading loads local locale localhost locals localtime locate
location locations lock locks log logger logging logic logical login long longer longest look
looked looking looks lookup lookuperror loop loops loss lost lot lots low lower lowercase lowest
lru lstat lstrip lt mac machine machinery macintosh macros made magic main mainly maintain
maintained major make makedirs makefile makes making malformed management manager manipulation
manually many map mapped mapping mappings maps mark marked marker markers marks marshal mask
master match matched matches matching math matter max maximum maxlen maxsize may maybe md5 me mean
meaning meaningful means meant mechanism member members memo memory memoryerror memoryview
mentioned merge message messages meta metaclass metadata metavar meth method methods microsoft
middle might mime min minimal minimum minor minus minutes miscellaneous mismatch missing mix mixed
mixin mkdir mkpath mm mmap mo mod mode model modes modification modified modify modname module
modulenotfounderror modules mon monotonic month more most mostly move moved mp mro ms msg mtime
much mul multi multiline multipart multiple multiprocessing must mutable mutually my na name named
namedtuple nameerror names namespace namespaces naming nargs native nb nbytes ne necessarily
necessary need needed needs neg negative negligence neither nested net network never new newer
newline newlines newly next nice nl no node nodes non none nonlocal nor normal normalization
normalize normalized normally normcase normpath not notadirectoryerror notation note notes nothing
notice notify notimplemented notimplementederror nov now ns nt null num number numbers numeric obj
object objects obsolete obtain obtained obvious occur occurred occurrence occurrences occurs oct
of off offset offsets often ok old older omitted on once one ones only onto op opcode open opened
opening operate operating operation operations operator operators opt optimization optimize
optimized option optional optionally options opts or ord order ordered ordering ordinary org orig
origin original originally os oserror osx other others otherwise our out outer output outputs
outside over overflow overflowerror overhead overlap overridden override overrides overriding
overwrite own owner pack package packages pad padding page pair pairs param parameter parameters
params pardir parent parents parse parsed parser parsers parses parsing part partial partially
particular partition parts party pass passed passes passing password past pat patch path pathlib
pathname paths pathsep pattern patterns pause payload pending pendingdeprecationwarning people pep
per percent perform performance performed perhaps period permission permissionerror permissions
pertaining pi pick pickle pickled pickling pid piece pieces pipe pipes pkg place placed places
plain plat platform platforms please plus point pointer pointing points policy poll pool pop popen
popleft port portion pos position positional positions positive posix posixpath possibility
possible possibly post potential potentially pow power pp pprint practice pragma pre precedence
preceding precision predicate prefer preferred prefix prefixed prefixes prepare prepared prepend
prepended preprocess presence present preserve preserved preserving presumably pretty prev prevent
prevents previous previously primarily print printable printed printing prints prior priority
private probably problem problems proc process processed processes processing processlookuperror
processor produce produced produces product profits prog program programs project prompt propagate
proper properly properties property protect proto protocol protocols provide provided provides
providing proxy pseudo psf public publicity pull pure purpose purposes push put pwd py pyc pyrepl
python python3 pythonfinalizationerror qualified qualname query question queue queues quick quiet
quit quite quote quoted quotes quoting race raise raised raises raising random range rather ratio
raw rb rc rdwr re reached read readable reader reading readinto readline readlines readlink
readonly reads ready real really realpath reason reasonable reasons receive received recent
recognize recognized recommended record records recurse recursion recursionerror recursive
recursively recv red redirect reduce reduces reduction redundant ref refer reference referenced
referenceerror references refers refresh regard regardless regex regexp register registered
registry regular reinit reject rel related relative relatively release released releases relevant
rely remain remainder remaining remains remember remote removal remove removed removes removing
rename renamed repeat repeated repl replace replaced replacement replaces replacing reply report
reported reporting repr represent representation represented representing represents request
requested requests require required requires res reserved reset resolution resolve resolved
resource resources resourcewarning respect respectively response responses responsible rest
restore result resulting results resume ret retained retrieve retrieved retry return returncode
returned returning returns reuse reverse reversed rfc rfc822 rfind right rights risk rlock root
round rounded routine routines row rows rpartition rstrip rule rules run running runs runtime
runtimeerror runtimewarning safe safely same sample sanity save saved sax say says scan scheduled
scheme schemes scope screen script scripts se search searched searching sec second seconds secret
section sections security see seek seekable seem seems seen segment segments select selected
selection selector selectors self semantics semaphore send sendall sendfile sending sends sense
sensible sensitive sent sentinel sep separate separated separately separator separators seq
sequence sequences serialized series serve server servers service serving session set setattr
setdefault setitem sets setsockopt setstate setter setting settings setup several shall share
shared shell shift short shortcut should shouldn show shows shut shutdown shutil side sig sign
signal signals signature signed significant silently similar similarly simple simplefilter simpler
simplified simplify simply since single site situation size sizes skip skipped skipping slash
slated sleep slice slightly slot slots slow slower small smaller so sock socket sockets software
sol solaris some someone something sometimes somewhat somewhere soon sort sorted source sources sp
space spaces spam span spawn spawning spec special specialized specific specifically specification
specified specifier specifies specify specifying speed split splitdrive splitext splitlines square
src ss ssl sslcontext st stack stacklevel standard star start started starting starts startswith
startup stat state statement statements states static staticmethod statistics stats status std
stderr stdin stdlib stdout step steps still stop stopasynciteration stopiteration stops storage
store stored storing str stream streams strerror strftime strict strictly string strings strip
stripped stripping strong struct structure structures stuff style sub subclass subclassed
subclasses subclassing subdirectories subject submit submodule subprocess subsequent subset
substitute substring subtract subtype succeed succeeds success successful successfully such
sufficient suffix suffixes suitable suite sum summary sun super supplied supply support supported
supporting supports supposed suppress sure surrogateescape switch symbol symbolic symbols symlink
symlinks sync syntax syntaxerror syntaxwarning sys syscall sysconfig system systemerror systemexit
systems tab taberror table tables tabs tag tags tail take taken takes taking target targets task
tasks tb tcl tcp tell tells temp tempfile template temporarily temporary term terminal terminate
terminated terminating terminator terms test tested testing tests text textwrap than thanks that
the their them themselves then there therefore these they thing things think third this those
though thread threading threads threadsafe three threshold through throw thus time timed timeout
timeouterror timer times timestamp timestamps timezone title tk tkinter tls tm tmp to todo
together token tokenize tokens too tool tools top toplevel total tp tr trace traceback tracebacks
track tracker trailing trans transfer transform translate translated translation transport treat
treated tree trick tried tries trigger triggered triple trivial true truediv truncate truncated
try trying tt tuple tuples turn turned turns twice two txt typ type typed typeerror types typical
typically typing tz uid un unable uname unavailable unboundlocalerror unchanged unclosed
unconditionally undefined under underlying underscore understood undocumented unexpected
unfortunately unicode unicodedecodeerror unicodeencodeerror unicodeerror unicodetranslateerror
unicodewarning union unique unit unittest universal unix unknown unless unlike unlink unnecessary
unpack unquote unrecognized unregister unsafe unset unspecified unsupported until unused unwrap up
update updated updates upon upper uri url urllib us usable usage use used useful user username
users userwarning uses using usr usual usually utc utf utf8 util utilities utility utils val valid
validate validation value valueerror values van var variable variables variant various vars ve
verbose verbosity verify version versions very via view virtual visible vs w3 wait waiter waiting
waitpid waits wake wakeup walk want wants warn warning warnings warranties was wasn way ways wb we
weak weakref web welcome well were what whatever whatsoever when whence whenever where whereas
whether which while white whitespace who whole whose why widget width wiki will win win32 winapi
window windows winerror with within without won word words work workaround worker working works
world worth would wouldn wr wrap wrapped wrapper wrapping wraps writable write writelines writer
writes writing written wrong ws www x86 xml xor xx xxx year yes yet yield yielded yielding yields
you your zero zerodivisionerror zip zipfile zone
"""

COMMON = frozenset(_COMMON.split())
ORDINARY = frozenset(_ORDINARY.split())
