"""Names of packages that differ from a well-known one by a slip of the finger: what is typed wrong is not what was meant."""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.action import Target

# Packages and scopes that many have, of six letters or more: a shorter name has too many neighbours.
KNOWN = names(
    "requests urllib3 pandas tensorflow pytorch django express lodash webpack typescript cryptography setuptools "
    "beautifulsoup4 matplotlib scikit-learn colorama python-dateutil openai anthropic langchain transformers electron "
    "commander cross-env jsonwebtoken mongoose puppeteer playwright selenium paramiko sqlalchemy pydantic fastapi uvicorn "
    "kubernetes boto3 botocore awscli certifi charset-normalizer packaging jsonschema websocket-client websockets aiohttp "
    "pyyaml pillow opencv-python huggingface-hub modelcontextprotocol eslint prettier nodemon dotenv mysql2 sequelize "
    "discord.js body-parser nodemailer passport react-dom react-router angular tailwindcss bootstrap jquery underscore "
    "rollup babel-core eslint-config graphql apollo-server langgraph llama-index chromadb sentence-transformers "
    "tokenizers accelerate datasets streamlit gradio numpy scipy axios pytest celery scrapy werkzeug psycopg2 mongodb "
    "socket.io webpack-cli ts-node tailwind rust-decimal reqwest serde-json actix-web activerecord nokogiri sidekiq devise "
    "flask babel-cli tensorflow-gpu rspec rails phoenix symfony laravel guzzle"
)
# Of five letters, and yet looked for: a slip of theirs is no package of its own.
SHORT = names("numpy scipy axios rails rspec flask")
# Neighbours that are packages of their own.
OWN = names(
    "openapi request urllib panda expresso passports webpack2 electrons datasette dataset pillows jsonschemas dotenvx "
    "psycopg psycopg3 tailwinds nokogiri2 requests2 rspec2 device devices pytest2 momento scrappy rail railsc npm numpy1 "
    "websocket packages selenium2 boto jquery2 pandas2 commanders eslintrc"
)
SHORTEST = 6
NODE_PACKAGES = names("npm pnpm yarn bun cnpm")


def misspelled(
    program: str, did: Iterable[tuple[Effect | None, Target | None]]
) -> Iterator[tuple[Effect, Target | None, str]]:
    """Give the packages that are installed by a name which is nearly another's."""
    for effect, target in did:
        if effect is Effect.PACKAGE_INSTALL and target is not None and is_shorthand(program, target.given):
            yield Effect.PACKAGE_FOREIGN, target, "a repository, not a package of the registry"
        meant = resembled(target.given) if target is not None and effect is Effect.PACKAGE_INSTALL else ""
        if meant:
            yield Effect.PACKAGE_FOREIGN, target, f"its name is nearly `{meant}`"


def is_shorthand(program: str, given: str) -> bool:
    """Say whether a package is named as a repository at GitHub (`owner/repo#branch`; npm-install(1))."""
    owner, slash, repository = given.partition("/")
    name = repository.partition("#")[0]
    return (
        program in NODE_PACKAGES
        and bool(slash)
        and all(
            part and not part.startswith(".") and part.replace("-", "").replace("_", "").replace(".", "").isalnum()
            for part in (owner, name)
        )
    )


def resembled(name: str) -> str:
    """Give the well-known package that a name is taken for; empty where it is one itself, or like none."""
    plain = _plain(name)
    if len(plain) < SHORTEST - 1 or plain in KNOWN or plain in OWN:
        return ""
    return next(
        (known for known in sorted(KNOWN) if (len(known) >= SHORTEST or known in SHORT) and _is_slip(plain, known)), ""
    )


def _plain(name: str) -> str:
    """Give a package's name, or its scope, without version and extras."""
    if name.startswith("@"):
        return name[1:].partition("/")[0].lower()
    for sign in ("@", "=", "<", ">", "~", "!", "[", ";"):
        name = name.partition(sign)[0]
    return name.strip().lower().replace("_", "-")


def _is_slip(given: str, known: str) -> bool:
    """Say whether one letter is missing, too many, another one, or changed places with its neighbour."""
    if abs(len(given) - len(known)) > 1 or given[0] != known[0]:
        return False
    at = 0
    while at < min(len(given), len(known)) and given[at] == known[at]:
        at += 1
    one, other = given[at:], known[at:]
    if len(one) == len(other):
        return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
    return one[1:] == other or one == other[1:]
