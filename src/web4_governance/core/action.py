"""What a tool call does: an action is a set of deeds, a deed is one effect on one target.

Pure values, no judgement: where they come from is `effects`, what is thought of them is `policy`. Enumerations are
closed; their values are the words that policies, records and queries use.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


class Effect(Closed):
    """The closed list of things a deed can be."""

    FILE_READ = "file.read"
    FILE_LIST = "file.list"
    FILE_WRITE = "file.write"
    FILE_DELETE = "file.delete"
    FILE_MODE = "file.mode"
    VCS_READ = "vcs.read"
    VCS_COMMIT = "vcs.commit"
    VCS_DISCARD = "vcs.discard"
    VCS_REWRITE = "vcs.rewrite"
    VCS_PUSH = "vcs.push"
    DB_READ = "db.read"
    DB_WRITE = "db.write"
    DB_DROP = "db.drop"
    INFRA_READ = "infra.read"
    INFRA_CHANGE = "infra.change"
    INFRA_DESTROY = "infra.destroy"
    DISK_DESTROY = "disk.destroy"
    NET_INGRESS = "net.ingress"
    NET_EGRESS = "net.egress"
    NET_LISTEN = "net.listen"
    NET_TUNNEL = "net.tunnel"
    NET_SCAN = "net.scan"
    DATA_EGRESS = "data.egress"
    CODE_FROM_NETWORK = "code.from-network"
    CODE_HIJACK = "code.hijack"
    CODE_RUN = "code.run"
    PACKAGE_INSTALL = "package.install"
    PACKAGE_FOREIGN = "package.foreign"
    PACKAGE_PUBLISH = "package.publish"
    SECRET_READ = "secret.read"  # noqa: S105  # the name of an effect
    SECRET_WRITE = "secret.write"  # noqa: S105  # the name of an effect
    SECRET_EGRESS = "secret.egress"  # noqa: S105  # the name of an effect
    PRIVILEGE = "privilege"
    ISOLATION = "isolation"
    SYSTEM = "system"
    PERSISTENCE = "persistence"
    PROCESS_KILL = "process.kill"
    PROCESS_INSPECT = "process.inspect"
    RESOURCE_EXHAUST = "resource.exhaust"
    TRACE_ERASE = "trace.erase"
    DELEGATE = "delegate"
    AGENT_INSTRUCT = "agent.instruct"
    STATE = "state"
    MCP_CALL = "mcp.call"
    SELF_TAMPER = "self.tamper"
    OPAQUE = "opaque"


class Category(Closed):
    """The closed list of categories, derived from effects and from the kind of tool."""

    FILE_READ = "file_read"
    FILE_WRITE = "file_write"
    COMMAND = "command"
    NETWORK = "network"
    DELEGATION = "delegation"
    STATE = "state"
    MCP = "mcp"
    CREDENTIAL = "credential"
    VCS = "vcs"
    DATABASE = "database"
    INFRASTRUCTURE = "infrastructure"
    OTHER = "other"


class TargetKind(Closed):
    """What sort of thing a target names."""

    PATH = "path"
    HOST = "host"
    DATABASE = "database"
    REPOSITORY = "repository"
    RESOURCE = "resource"
    PACKAGE = "package"
    PROCESS = "process"
    AGENT = "agent"
    TOOL = "tool"
    TEXT = "text"


class Place(Closed):
    """Where a path lies, seen from the project and the person."""

    PROJECT = "project"
    PROJECT_ROOT = "project-root"
    ARTEFACT = "artefact"
    TEMPORARY = "temporary"
    HOME = "home"
    HOME_ROOT = "home-root"
    SYSTEM = "system"
    ROOT = "root"
    DEVICE = "device"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    NOT_A_PATH = ""


@value
class Target:
    """What a deed touches.

    `given` is the word as written after quoting is resolved; `resolved` is the absolute, normalised path (`..` and `~`
    taken away, symlinks not), or the lower-case host; `real` the path behind symlinks where facts tell it. `exact` is
    false where the word holds a glob or a part that cannot be known. `deep` says that what lies below is touched too.
    Of what lies in a database `given` is its own name, and `resolved` the database where the call names one (`HOST/NAME`).
    """

    kind: TargetKind
    given: str
    resolved: str = ""
    real: str = ""
    place: Place = Place.NOT_A_PATH
    exact: bool = True
    deep: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What is no path is called so: as it resolved; what lies in a database by its own name and by the database's."""
        if self.kind is TargetKind.DATABASE and self.given and self.resolved:
            return (self.given, self.resolved)
        return (self.resolved or self.given,)


@value
class Deed:
    """One effect on one target, and the resolved command it came from.

    `effect` is None for a call whose effect is not modelled: it is still judged. `argv` holds the words of the resolved
    command, None for a word that cannot be known; empty where no command is behind the deed. `via` names what it was
    wrapped in (`sudo`, `bash -c`, `find -exec` ...). `host` is the remote side, where there is one. `why` says in a few
    words how the deed was found, and for `opaque` what could not be seen.
    """

    effect: Effect | None
    target: Target | None = None
    categories: tuple[Category, ...] = ()
    argv: tuple[str | None, ...] = ()
    via: tuple[str, ...] = ()
    host: str = ""
    why: str = ""


@value
class McpServer:
    """The server behind an MCP call: its configured name, and where the host says it comes from."""

    name: str
    source: str = ""


@value
class Action:
    """One tool call as it will be judged: the call, who makes it, and its deeds (at least one).

    `unlisted` are the paths that it changes besides, where it has more deeds than are kept: they are only looked behind.
    `scripts` are the files whose text it may run, those that it names as programs first (effects.md A9).
    """

    tool: str
    input: dict[str, Json]
    deeds: tuple[Deed, ...]
    cwd: str = ""
    home: str = ""
    project: str = ""
    agent_id: str = ""
    agent_type: str = ""
    permission_mode: str = ""
    mcp: McpServer | None = None
    unlisted: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[Category, ...]:
        """Every category that some deed implies, in the order of the closed list."""
        seen = {category for deed in self.deeds for category in deed.categories}
        return tuple(category for category in Category if category in seen)
