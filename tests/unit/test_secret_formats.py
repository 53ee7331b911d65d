"""Tokens as their vendors document them, made up here at run time, are found whatever stands around them."""

from __future__ import annotations

import random

import pytest

from web4_governance.core.secret_formats import ALNUM, DIGITS, LOWER, UPPER, WORD
from web4_governance.core.secrets import redact

CHANCE = random.Random(7)
LOW, UP, LOWHEX = LOWER + DIGITS, UPPER + DIGITS, DIGITS + "abcdef"


def some(alphabet: str, count: int) -> str:
    return "".join(CHANCE.choice(alphabet) for _ in range(count))


def uuid() -> str:
    return "-".join(some(LOWHEX, count) for count in (8, 4, 4, 4, 12))


# What a token begins with stands in parts, so that nobody takes this file for one that holds them.
MADE = {
    "airtable": "pa" + "t" + some(ALNUM, 14) + "." + some(LOWHEX, 64),
    "sha512-crypt": "$" + "6$" + some(ALNUM, 16) + "$" + some(ALNUM + "./", 86),
    "yescrypt": "$" + "y$j9T$" + some(ALNUM + "./", 22) + "$" + some(ALNUM + "./", 43),
    "bcrypt": "$" + "2b$12$" + some(ALNUM + "./", 53),
    "argon2": "$" + "argon2id$v=19$m=65536,t=3,p=4$" + some(ALNUM, 22) + "$" + some(ALNUM, 43),
    "presigned": "https://b.example/k?X-Amz-" + "Signature=" + some(LOWHEX, 64),
    "session": "PHPSESS" + "ID=" + some(LOW, 26),
    "java session": "JSESSION" + "ID=" + some(UP, 32) + ".node1",
    "one-time": "otpauth://totp/x:bob?" + "secret=" + some(UPPER + "234567", 32),
    "pgpass": "db.example.org:" + "5432:app:bob:" + some(ALNUM, 16),
    "github": "ghp" + "_" + some(ALNUM, 36),
    "gitlab, routable": "glpat" + "-" + some(WORD, 27) + ".01." + some(LOW, 9),
    "gitlab feed": "glft" + "-" + some(ALNUM, 20),
    "gitlab flags": "glffct" + "-" + some(ALNUM, 20),
    "slack trigger": "hooks.slack.com/" + f"triggers/T{some(UP, 10)}/{some(DIGITS, 13)}/{some(LOWHEX, 32)}",
    "slack workflow": f"hooks.slack.com/workflows/T{some(UP, 10)}/A{some(UP, 10)}/{some(DIGITS, 18)}/{some(ALNUM, 24)}",
    "aws bearer": "ABI" + "A" + some(UP, 16),
    "google refresh": "1//0" + some(DIGITS, 1) + some(WORD, 98),
    "mailersend": "mlsn" + "." + some(LOWHEX, 64),
    "scaleway": "SC" + "W" + some(UP, 17),
    "alibaba": "LTA" + "I" + some(ALNUM, 20),
    "tencent": "AKI" + "D" + some(ALNUM, 32),
    "yandex": "AQV" + "N" + some(WORD, 36),
    "yandex oauth": "y0" + "_" + some(WORD, 55),
    "langfuse": "sk-" + "lf-" + uuid(),
    "pinecone": "pcsk" + "_" + some(ALNUM, 6) + "_" + some(ALNUM, 63),
    "elevenlabs": "sk" + "_" + some(LOWHEX, 48),
    "tavily": "tvly" + "-dev-" + some(ALNUM, 32),
    "firecrawl": "fc" + "-" + some(LOWHEX, 32),
    "e2b": "e2b" + "_" + some(LOWHEX, 40),
    "jina": "jina" + "_" + some(ALNUM, 60),
    "voyage": "pa" + "-" + some(WORD, 43),
    "cerebras": "csk" + "-" + some(LOW, 48),
    "fireworks": "fw" + "_" + some(ALNUM, 22),
    "together": "tgp_v1" + "_" + some(WORD, 43),
    "huggingface organisation": "api_org" + "_" + some(ALNUM, 34),
    "wandb": "wandb_v1" + "_" + some(WORD, 60),
    "cursor": "key" + "_" + some(LOWHEX, 64),
    "anyscale": "esecret" + "_" + some(LOW, 26),
    "checkout": "sk_" + "sbox_" + some(LOW, 26),
    "razorpay test": "rzp_" + "test_" + some(ALNUM, 14),
    "paddle": "pdl_" + "live_apikey_" + some(LOW, 26) + "_" + some(ALNUM, 22) + "_" + some(ALNUM, 3),
    "plaid": "access" + "-production-" + uuid(),
    "plaid sandbox": "access" + "-sandbox-" + uuid(),
    "mollie": "live" + "_" + some(ALNUM, 30),
    "shopify user": "shpua" + "_" + some(LOWHEX, 32),
    "facebook": "EAA" + "G" + some(ALNUM, 170),
    "instagram": "IGQ" + "V" + some(WORD, 150),
    "linkedin": "WPL_" + "AP1." + some(ALNUM, 16) + "." + some(ALNUM, 8),
    "twitch": "oauth" + ":" + some(LOW, 30),
    "bitbucket repository": "ATCT" + "T3xFfGN0" + some(WORD, 170) + "=" + some(LOWHEX, 8),
    "trello": "ATT" + "A" + some(LOWHEX, 72),
    "intercom": "dG9r" + "O" + some(ALNUM, 50),
    "netlify oauth": "nfo" + "_" + some(ALNUM, 36),
    "vercel": "vcp" + "_" + some(ALNUM, 52),
    "vercel gateway": "vck" + "_" + some(ALNUM, 52),
    "xata": "xau" + "_" + some(ALNUM, 32),
    "cockroach": "CCDB1" + "_" + some(ALNUM, 22) + "_" + some(ALNUM, 40),
    "mongodb atlas": "mdb_" + "sa_sk_" + some(WORD, 40),
    "dbt": "dbtc" + "_" + some(WORD, 40),
    "confluent": "cfl" + "t" + some(ALNUM, 60),
    "retool": "retool" + "_01" + some(LOW, 26),
    "circleci project": "CCIPRJ" + "_" + some(ALNUM, 22) + "_" + some(LOWHEX, 40),
    "snyk": "snyk" + "_uat." + some(LOWHEX, 8) + "." + some(WORD, 60),
    "packagist": "packagist" + "_uut_" + some(LOWHEX, 68),
    "newrelic insert": "NRI" + "I-" + some(WORD, 32),
    "honeycomb": "hcai" + "k_01" + some(LOW, 56),
    "launchdarkly": "sdk" + "-" + uuid(),
    "launchdarkly api": "api" + "-" + uuid(),
    "sourcegraph": "sgd" + "_" + some(LOWHEX, 64),
    "hubspot": "pat" + "-na2-" + uuid(),
    "brevo smtp": "xsmtp" + "sib-" + some(LOWHEX, 64) + "-" + some(ALNUM, 16),
    "salesforce": "00D" + some(ALNUM, 12) + "!" + "AQE" + some(ALNUM, 90),
    "shippo test": "shippo" + "_test_" + some(LOWHEX, 40),
    "duffel test": "duffel" + "_test_" + some(WORD, 43),
    "onfido": "api" + "_live." + some(WORD, 11) + "." + some(WORD, 32),
    "persona": "persona" + "_production_" + uuid(),
    "stytch": "secret" + "-live-" + some(WORD, 34),
    "easypost test": "EZT" + "K" + some(ALNUM, 54),
}
AROUND = ("curl -H 'X-Thing: %s' https://x.example/", "value %s here", '{"a": "%s"}', "X=%s ./run")


@pytest.mark.parametrize("vendor", MADE)
def test_a_token_of_a_documented_format_is_taken_out(vendor: str) -> None:
    """As a word, in a header, in JSON, assigned."""
    for around in AROUND:
        out, names = redact(around % MADE[vendor])
        assert MADE[vendor][-16:] not in out
        assert names


@pytest.mark.parametrize(
    "text",
    [
        "pytest tests/api-gateway/test_live_reload.py -k key_rotation",
        "git checkout 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        "docker pull example/api-server@sha256:" + "ab12" * 16,
        "kubectl get pods -l app=sdk-worker,tier=fw_backend",
        "npm run pa-some-long-task-name",
        "live_streaming_endpoint_configuration_for_region",
        "import pathlib.path.of.many.modules.that.are.imported.here",
        "docker run -p 127.0.0.1:5432:5432 postgres; psql -h db:5432",
        "echo $2a$b; price is $5$; awk '{print $6$7}' f",
        "session_id=42; sessionid=$SID; GET /x?secret=no&page=2",
    ],
)
def test_what_only_begins_like_one_stays(text: str) -> None:
    """Names, digests and paths."""
    assert redact(text) == (text, ())
