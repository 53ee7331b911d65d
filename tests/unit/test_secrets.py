"""Secrets are found by their shape, and nothing else is touched."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web4_governance.core import secret_finders, secret_formats, secrets
from web4_governance.core.secret_formats import HEADERS, NAMES, TOKENS
from web4_governance.core.secrets import redact, redact_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.core.canonical import Json


def body(alphabet: str, length: int) -> str:
    """A made-up run of an alphabet: no real credential stands in this file."""
    letters = [c for c in alphabet if c.isalnum()]
    return "".join(letters[(7 * n + 3) % len(letters)] for n in range(length))


def sample(row: tuple[str, str, int, str, bool]) -> str:
    prefix, alphabet, least, _, _ = row
    return prefix + body(alphabet, least)


PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEabc/+=\nxyz\n-----END RSA " + "PRIVATE KEY-----"
JWT = (
    "eyJ"
    + body(secret_formats.ALNUM, 20)
    + ".eyJ"
    + body(secret_formats.ALNUM, 20)
    + "."
    + body(secret_formats.ALNUM, 30)
)


@pytest.mark.parametrize("around", ["{}", "export X={}\n", '{{"k": "{}"}}', "a\\n{}\\n", "<{}>"])
def test_each_token_of_the_table_goes(around: str) -> None:
    """A token alone, assigned, in JSON, after an escaped line end and in brackets is replaced by its name."""
    wanted = [(around.format(f"[secret:{row[3]}]"), (row[3],)) for row in TOKENS]
    assert [redact(around.format(sample(row))) for row in TOKENS] == wanted
    assert len(wanted) > 200


def test_a_run_that_is_too_short_is_no_token() -> None:
    """One character less than the format asks for is left alone."""
    for row in TOKENS:
        text = f"see {row[0] + body(row[1], row[2] - 1)} there"
        assert row[0].endswith("Key=") or redact(text)[0] is text, row


def test_a_short_prefix_inside_a_word_is_no_token() -> None:
    """`ri` + `sk-...` is a word of the language, not a key."""
    for row in TOKENS:
        text = "x" + sample(row)
        assert row[4] or redact(text)[0] is text, row


@pytest.mark.parametrize(
    ("text", "clean", "names"),
    [
        (PEM, "[secret:private-key]", ("private-key",)),
        (f"a {PEM} b", "a [secret:private-key] b", ("private-key",)),
        (PEM[:60], "[secret:private-key]", ("private-key",)),
        (PEM[:50] + "\n-----END ", "[secret:private-key]", ("private-key",)),
        (f"x {JWT}.", "x [secret:jwt]", ("jwt",)),
        ("psql postgres://u:hunter2@db/x", "psql postgres://u:[secret:url-password]@db/x", ("url-password",)),
        (
            "curl -H 'Authorization: Bearer abcdefgh1'",
            "curl -H 'Authorization: Bearer [secret:authorization]'",
            ("authorization",),
        ),
        (
            '{"Authorization": "Basic dXNlcjpwYXNz"}',
            '{"Authorization": "Basic [secret:authorization]"}',
            ("authorization",),
        ),
        ("AUTHORIZATION: abcdefgh12345", "AUTHORIZATION: [secret:authorization]", ("authorization",)),
        ("x-api-key: abcdefgh12345 z", "x-api-key: [secret:authorization] z", ("authorization",)),
        ("Bearer " + "a1" * 10, "Bearer [secret:authorization]", ("authorization",)),
        ("password=hunter2 x", "password=[secret:password] x", ("password",)),
        ("PGPASSWORD=x", "PGPASSWORD=[secret:password]", ("password",)),
        ("export DB_PASSWORD='a b c'", "export DB_PASSWORD='[secret:password]'", ("password",)),
        ("--password=hunter2;ls", "--password=[secret:password];ls", ("password",)),
        ('"password": "hun ter2"', '"password": "[secret:password]"', ("password",)),
        ('{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"[secret:password]\\"}', ("password",)),
        ("AWS_SECRET_ACCESS_KEY=abc/+x", "AWS_SECRET_ACCESS_KEY=[secret:secret-access-key]", ("secret-access-key",)),
        (
            "aws_secret_access_key = " + "aB3/" * 10,
            "aws_secret_access_key = [secret:secret-access-key]",
            ("secret-access-key",),
        ),
        ("password=" + "x" * 9000 + " y", "password=[secret:password] y", ("password",)),
        ("MYSQL_PWD=a&b", "MYSQL_PWD=[secret:mysql-pwd]&b", ("mysql-pwd",)),
        ("password=a api_key=b", "password=[secret:password] api_key=[secret:api-key]", ("password", "api-key")),
        ("password=ghp_" + "a" * 36, "password=[secret:github-token]", ("github-token",)),
    ],
)
def test_secrets_without_a_token_format_go(text: str, clean: str, names: tuple[str, ...]) -> None:
    """Key blocks, web tokens, URL passwords, credential headers and assignments are replaced, what is around them stays."""
    assert redact(text) == (clean, names)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "git commit -m 'rotate the password'",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nabc",
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJub25lIn0.eyJ",
        "https://example.org/a:b@c",
        "https://token@example.org",
        "https://u:$PASS@example.org/",
        "https://u:@example.org/",
        "https://[secret:github-token]@example.org/",
        "https://u:[secret:url-password]@example.org/",
        "Authorization: Bearer $TOKEN",
        "Authorization: ",
        "Authorization header",
        "Authorization: Bearer [secret:authorization]",
        '"Authorization": "[secret:authorization]"',
        "Bearer authentication",
        "password=$PASS",
        "password=${PASS}",
        "password=get()",
        "password=os.environ['X']",
        "password=password",
        "password=self.password",
        "password=None",
        "password=",
        "password",
        "password: str",
        "password = value",
        'password="ab',
        'password="a\nb"',
        'password="ab"',
        'password=""',
        'password="\\"',
        "nopassword=hunter2x",
        "aws_secret_access_key = short",
        "password=[secret:password]",
        'password="[secret:password]"',
    ],
)
def test_what_only_looks_like_a_secret_stays_the_same_object(text: str) -> None:
    """References, calls, types, placeholders, public keys and what was redacted already are not touched."""
    assert redact(text)[0] is text
    assert redact(text)[1] == ()


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.capitalize])
def test_each_name_is_known_in_its_three_spellings(spell: Callable[[str], str]) -> None:
    """An assignment to any listed name hides the value."""
    for name in NAMES:
        text, names = redact(f"{spell(name)}=hunter2")
        assert "hunter2" not in text, name
        assert names, name


@pytest.mark.parametrize("name", HEADERS)
def test_each_header_is_known(name: str) -> None:
    """Any listed header hides its value."""
    assert "abcdefgh9" not in redact(f"{name}: a=abcdefgh9")[0]


def test_json_is_walked_whole() -> None:
    """Strings in lists, objects and keys are redacted; a string under a secret's name goes as a whole."""
    token = sample(TOKENS[2])
    given: dict[str, Json] = {
        "a": [1, None, True, f"x {token}"],
        token: 1,
        token + "9": 2,
        "db_password": "correct horse",
        "Authorization": "abc",
        "nested": {"password": "ab", "api_key": "$KEY", "token": "free"},
    }
    clean, names = redact_json(given)
    assert clean == {
        "a": [1, None, True, "x [secret:github-token]"],
        "[secret:github-token]": 1,
        "[secret:github-token]'": 2,
        "db_password": "[secret:password]",
        "Authorization": "[secret:authorization]",
        "nested": {"password": "ab", "api_key": "$KEY", "token": "free"},
    }
    assert names == ("github-token", "password", "authorization")
    assert redact_json(clean)[0] is clean


def test_json_without_a_secret_is_the_same_object() -> None:
    """Nothing is copied where nothing was found."""
    given: Json = {"a": ["b", {"c": "d"}], "mypassword": "hunter2", "n": 1}
    assert redact_json(given) == (given, ())
    assert redact_json(given)[0] is given


def test_json_that_is_too_deep_is_cut_off() -> None:
    """What cannot be walked is replaced, not passed on."""
    deep: Json = "hunter2"
    for _ in range(400):
        deep = [deep]
    clean, names = redact_json(deep)
    assert "hunter2" not in repr(clean)
    assert names == ("nested-too-deep",)


PIECES = st.sampled_from([
    *(sample(row) for row in TOKENS), *(row[0] for row in TOKENS), PEM, JWT, "eyJ", ".", "://", "user", ":", "@", "password=",
    'password="', "'", '"', "Bearer ", "Authorization: ", "[secret:password]", "[", "]", " ", "\n", "\\n", "-----", "=", "(", "é",
])  # fmt: skip  # a bag of words
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join))


@given(TEXTS)
@settings(max_examples=600)
def test_redacting_twice_changes_nothing(text: str) -> None:
    """The output holds nothing that the same rules would find again."""
    once, _ = redact(text)
    twice, names = redact(once)
    assert twice is once
    assert names == ()


@given(TEXTS)
@settings(max_examples=300)
def test_no_token_that_stands_free_survives(text: str) -> None:
    """Whatever stands around it, a token between spaces is gone from the output."""
    for row in TOKENS:
        token = sample(row)
        assert token not in redact(f"{text} {token} {text}")[0].split(" ")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def test_a_beginning_that_another_one_follows_hides_none() -> None:
    """`atlasv1.` with too little behind it is not the end of the search."""
    text = "AKIA0000000000000000atlasv1.atlasv1." + "0" * 40
    assert redact(text)[0] == "[secret:aws-access-key-id].[secret:terraform-token]"


@given(JSON)
def test_any_json_can_be_redacted_and_stays_so(value: Json) -> None:
    """Redacting JSON never raises, and a second time changes nothing."""
    once, _ = redact_json(value)
    assert redact_json(once)[0] is once


@pytest.mark.parametrize(
    "piece",
    [
        "password=(",
        'password="',
        "eyJ",
        '"Secret" kind "data":{"a" ',
        '"Secret" kind "data":{"a"} ',
        "kind: Secret\ndata:\n a: b\n---\n",
        "Private-Lines: 1\n",
        "Private-Lines: ",
        "identified by 'a",
        "set password for ",
        "echo a | chpasswd ",
        "<password>a</password>",
        '<a key="password" ',
        '<a name="token">1',
        "<name>token</name> <value>",
        "\npass = a1b\nuser =",
        "vault login ",
        "vault login -a ",
        "machine h login a password ",
        ":AA",
        "-us1",
        "define('A_TOKEN', '",
        ";PWD=",
        '"auth":"',
        "token: A1",
        "ENV A_TOKEN ",
        "-----BEGIN ",
        "://u:p",
        "sk-",
        "ghp_a",
        "authorization: ",
        "password= ",
    ],
)
def test_the_work_is_linear_in_the_text(piece: str) -> None:
    """Eight times the text takes nowhere near sixty-four times the steps."""

    def steps(text: str) -> int:
        count = 0

        def trace(*_: Any) -> Any:
            nonlocal count
            count += 1
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            redact(text)
        finally:
            sys.settrace(before)
        return count

    assert steps(piece * 1600) < 16 * steps(piece * 200)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("tool --password hunter2 x", "tool --password [secret:password] x"),
        ("tool --token 'ab cd' x", "tool --token '[secret:password]' x"),
        ("tool --api-token=hunter2", "tool --api-token=[secret:password]"),
        ("mysql -u root -phunter2 db", "mysql -u root -p[secret:password] db"),
        ("sshpass -p hunter2 ssh h", "sshpass -p [secret:password] ssh h"),
        ("redis-cli -a hunter2 ping", "redis-cli -a [secret:password] ping"),
        ("curl -u ann:hunter2 https://h", "curl -u ann:[secret:password] https://h"),
        ("smbclient -U ann%hunter2 x", "smbclient -U ann%[secret:password] x"),
        ("//h/:_authToken=abcdef", "//h/:_authToken=[secret:auth-token]"),
        ('{"clientSecret": "abcdef"}', '{"clientSecret": "[secret:client-secret]"}'),
        ("export ACME_TOKEN=abcdef", "export ACME_TOKEN=[secret:token]"),
        ("X_SECRET='a b c'", "X_SECRET='[secret:secret]'"),
    ],
)
def test_what_options_and_variables_are_given_goes(text: str, clean: str) -> None:
    """Long options, the short ones of some programs, names in camel case, and variables in upper case."""
    assert redact(text)[0] == clean
    assert redact(clean)[0] is clean


@pytest.mark.parametrize(
    "text",
    [
        "tool --password", "tool --password --x", "tool --password $P", "tool --passwordless x", "x--password abcdef", "mysql -p db.x | cat -phunter2"[:8],
        "mysql x; cp -phunter2", "curl -u ann https://h", "curl -u ann:$P h", "mysqlx -phunter2", "X_TOKEN=abc", "X_TOKEN=$Y", "x_auth=abcdef", "redis-cli -ahunter2",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_option_with_a_secret_stays(text: str) -> None:
    """References, other options, other programs, and what stands behind the command."""
    assert redact(text)[0] is text


def test_an_argument_behind_an_option_goes_from_a_list() -> None:
    """Words of a command that are kept one by one."""
    assert redact_json(["x", "--password", "hunter2", "y"])[0] == ["x", "--password", "[secret:password]", "y"]
    same: list[Any] = ["--password", 3, "-v"]
    assert redact_json(same)[0] is same
    assert redact_json({"clientsecret": "abcdef"})[0] == {"clientsecret": "[secret:client-secret]"}


def test_an_address_without_anybody_in_it_is_left_alone() -> None:
    """An `@` elsewhere in the text makes no password of what stands in an address."""
    text = (
        "mail ann@shop.test, then see https://c.test:8080/x"
        + "y" * secret_finders.MAX_AUTHORITY
        + " or ask bob@shop.test"
    )
    assert redact(text)[0] is text
    assert redact("https://c.test/" + "y" * secret_finders.MAX_AUTHORITY + "@")[1] == ()


def test_what_was_found_clean_is_remembered_within_bounds() -> None:
    """However many texts come, and never one that holds a secret."""
    for number in range(2 * secrets.MOST_CLEAN):
        assert secrets.redact(f"word {number}") == (f"word {number}", ())
        assert len(secrets._clean) <= secrets.MOST_CLEAN
    bad = "password=" + "hunter2" * 3
    first = secrets.redact(bad)
    assert first[1]
    assert secrets.redact(bad) == first
    assert bad not in secrets._clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # configuration and manifests
        ("db:\n  password: S3cretPw\n", "db:\n  password: [secret:password]\n"),
        ("    12→  db_password: S3cretPw!\n", "    12→  db_password: [secret:password]\n"),
        ("passwd = S3cretPw", "passwd = [secret:passwd]"),
        ("secret_key_base: " + "0a1b" * 16, "secret_key_base: [secret:secret-key-base]"),
        ('{"SecretAccessKey": "abcdEFGH"}', '{"SecretAccessKey": "[secret:secret-access-key]"}'),
        ('{"SessionToken": "abcdEFGH"}', '{"SessionToken": "[secret:session-token]"}'),
        ("PrivateKey = " + "aB3/" * 10 + "aB3=", "PrivateKey = [secret:private-key]"),
        ("    client-key-data: " + "LS0t1" * 10, "    client-key-data: [secret:client-key-data]"),
        ("    token: " + "aB3c" * 10, "    token: [secret:token]"),
        ('{"auths":{"h":{"auth":"' + "dXNlcjpwYXNz" * 2 + '"}}}', '{"auths":{"h":{"auth":"[secret:authorization]"}}}'),
        ("_auth=" + "aB3c" * 6, "_auth=[secret:authorization]"),
        (
            "apiVersion: v1\nkind: Secret\ndata:\n  user: YWRt\n  pw: 'UzNj'\nkind2: x\n",
            "apiVersion: v1\nkind: Secret\ndata:\n  user: [secret:kubernetes-secret]\n  pw: '[secret:kubernetes-secret]'\nkind2: x\n",
        ),
        (
            '{"kind": "Secret", "data": {"a": "YWRt", "b": "UzNj"}, "type": "Opaque"}',
            '{"kind": "Secret", "data": {"a": "[secret:kubernetes-secret]", "b": "[secret:kubernetes-secret]"}, "type": "Opaque"}',
        ),
        ("<password>S3cretPw</password>", "<password>[secret:password]</password>"),
        ('<add key="DbPassword" value="S3cretPw" />', '<add key="DbPassword" value="[secret:password]" />'),
        ("<set value='S3cretPw' name='db.password'/>", "<set value='[secret:password]' name='db.password'/>"),
        ('<property name="api-key">S3cretPw</property>', '<property name="api-key">[secret:api-key]</property>'),
        (
            "<name>fs.secret-key</name>\n  <value>S3cretPw</value>",
            "<name>fs.secret-key</name>\n  <value>[secret:secret-key]</value>",
        ),
        ("[remote]\ntype = sftp\npass = S3cretPw\n", "[remote]\ntype = sftp\npass = [secret:password]\n"),
        ("[mail]\nuser=ann\npass=S3cretPw", "[mail]\nuser=ann\npass=[secret:password]"),
        ("Server=h;UID=u;PWD=S3cretPw;", "Server=h;UID=u;PWD=[secret:password];"),
        ("machine h login bob password S3cretPw", "machine h login bob password [secret:password]"),
        # code
        ("define('DB_PASSWORD', 'S3cretPw');", "define('DB_PASSWORD', '[secret:password]');"),
        ("os.environ['SECRET_TOKEN']='abcdef'", "os.environ['SECRET_TOKEN']='[secret:secret-token]'"),
        ("ALTER USER bob WITH PASSWORD 'hunter22';", "ALTER USER bob WITH PASSWORD '[secret:password]';"),
        ("CREATE USER b IDENTIFIED BY 'hunter22'", "CREATE USER b IDENTIFIED BY '[secret:password]'"),
        # commands
        ("ENV API_TOKEN abcdef", "ENV API_TOKEN [secret:password]"),
        ("set -x API_TOKEN abcdef", "set -x API_TOKEN [secret:password]"),
        ("TOKEN=abcdefgh12345 ./x", "TOKEN=[secret:token] ./x"),
        ("vault login abcdef", "vault login [secret:password]"),
        ("vault login -no-print abcdef", "vault login -no-print [secret:password]"),
        ("htpasswd -b f u hunter2", "htpasswd -b f u [secret:password]"),
        ("npm config set //h/:_authToken abcdef", "npm config set //h/:_authToken [secret:password]"),
        ("aws configure set aws_secret_access_key abcdef", "aws configure set aws_secret_access_key [secret:password]"),
        ("gh secret set X --body hunter2", "gh secret set X --body [secret:password]"),
        ("openssl enc -pass pass:hunter2 -in a", "openssl enc -pass pass:[secret:password] -in a"),
        ("openssl enc -k hunter2 -in a", "openssl enc -k [secret:password] -in a"),
        ("echo 'root:hunter2' | chpasswd", "echo 'root:[secret:password]' | chpasswd"),
        ("echo hunter2 | sudo -S ls", "echo [secret:password] | sudo -S ls"),
        (
            "echo hunter2 | docker login -u x --password-stdin",
            "echo [secret:password] | docker login -u x --password-stdin",
        ),
        ("curl -H 'Cookie: sid=abcdefgh'", "curl -H 'Cookie: [secret:authorization]'"),
        ("nmcli dev wifi connect Home password hunter22", "nmcli dev wifi connect Home password [secret:password]"),
        ("the password is hunter2x.", "the password is [secret:password]."),
        ("its API key is `a1b2c3d4e5f6g7h8i9`", "its API key is `[secret:api-key]`"),
        # one word to the shell
        ('x="ghp_""' + "a1" * 18 + '"', 'x="[secret:github-token]"'),
        ("1234567890:AA" + "a1b" * 11, "[secret:telegram-token]"),
        ("0a1b2c3d" * 4 + "-us12", "[secret:mailchimp-key]"),
    ],
)
def test_documents_and_commands_lose_their_secrets(text: str, clean: str) -> None:
    """Configuration, manifests, code and commands, each by what stands around the value."""
    assert redact(text)[0] == clean
    assert redact(clean)[0] is clean


@pytest.mark.parametrize(
    "text",
    [
        "password: str\ntoken: Token\napi_key: Optional[str] = None",
        "password: string;\nprivate_key: Ed25519PrivateKey\n",
        "password: ${DB_PASSWORD}\npassword: {{ vault.password }}\npassword: !vault x",
        "self.password = get_password(2)\npassword = row1\npassword = request.form.password1",
        "const token = await getToken1();\nlet passwd = await read2;",
        "type User struct {\n\tPassword string\n\tToken *Token2\n}",
        "if password == stored1:\n    return password2",
        "The password: it is 8 characters long, with 1 digit.",
        "password: https://vault.test/1",
        "private_key = load_private_key_from_file_2",
        "private_key: /etc/ssl/key1.pem",
        "kind: ConfigMap\ndata:\n  a: YWRt\n",
        "kind: Deployment\nspec:\n  secretName: Secret\n",
        "kind: Secret\nmetadata:\n  name: x\n",
        "kind: Secret\ndata:\n  a: {{ .Values.a }}\n",
        "<password></password> <password>$X</password> <title>password</title>",
        '<input name="password" type="password"><add key="password" value="$(PW)"/><b name="password"/>',
        '<string name="password">Password</string> <name>password</name> <type>string</type>',
        '<property name="password">${x1}</property> <key>token</key><string>$(T1)</string>',
        "type = 3\nif x:\n    pass = 4\n",
        "pass = check(user)\nuser = 1",
        "pass = S3cretPw",
        "cd $PWD; PWD=/home/x; echo ;pwd=/x/y",
        "define('APP_NAME', 'shop1');",
        "headers['Authorization'] = token",
        'd["password"]=value',
        "headers: { apikey: process.env.KEY, cookie: true }",
        "ENV PATH /usr/bin\nENV NODE_ENV production\nset -x; ls",
        "TOKEN=$(cat t1) ./x; TOKEN=placeholder ./y; MYTOKEN=abcdefgh12345",
        "vault login; vault login -method=oidc; cargo login",
        "htpasswd -n u",
        "echo done | sudo tee /x; echo 'a:b' | cat; cat x | sudo -S ls",
        "UPDATE users SET password = $1 WHERE id = 2",
        "gh pr create --body 'text of it'",
        'see ghp_"" and sk_live_"abc"',
        "SELECT sig=1; sig=abc; cio_lib; sl.method(); 10:AAA; x-us1",
        "machine learning; login page; password policy",
        "the password is incorrect; password is $PW; your token is refreshed by itself; the secret is out; pw is ok",
        "mysql -p app; mariadb -p db",
    ],
)
def test_ordinary_code_and_configuration_are_left_alone(text: str) -> None:
    """Types, references, calls, templates, prose."""
    assert redact(text)[0] is text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("PuTTY-User-Key-File-2: x\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: y", "PuTTY-User-Key-File-2: x\nPrivate-Lines: 1\n[secret:private-key]\nPrivate-MAC: y"),
        ("Private-Lines: 14", "Private-Lines: 14"),
        ("SET PASSWORD FOR bob = 'hunter22'", "SET PASSWORD FOR bob = '[secret:password]'"),
        ("set password for bob", "set password for bob"),
        ('{"kind": "Secret", "data": null}', '{"kind": "Secret", "data": null}'),
        ("vault login -method=userpass", "vault login -method=userpass"),
        ("rabbitmqctl add_user bob hunter22", "rabbitmqctl add_user bob [secret:password]"),
    ],
)  # fmt: skip
def test_ends_of_documents_and_commands(text: str, clean: str) -> None:
    """What is cut off, empty, or without a value."""
    assert redact(text)[0] == clean
    assert redact(clean)[0] is clean


def test_what_is_known_to_be_a_secret_is_taken_out_of_keys_too() -> None:
    """Two keys that come to the same are both kept; a lesser value only where it stands alone."""
    taken = {"Zq7hTr5kVw9xBn": "password", "zebra": "password"}
    given: Json = {
        "Zq7hTr5kVw9xBn": 1,
        "[secret:password]": 2,
        "a": ["zebra", "zebra", "-pzebra", "--k=zebra", "/a/zebra", "azebra"],
    }
    clean, names = secrets.without(given, taken)
    assert clean == {
        "[secret:password]": 1, "[secret:password]'": 2,
        "a": ["zebra", "[secret:password]", "-p[secret:password]", "--k=[secret:password]", "/a/[secret:password]", "azebra"],
    }  # fmt: skip
    assert names == ("password",)
    assert secrets.without({"a": ["b"]}, taken)[0] == {"a": ["b"]}


def test_of_thousands_of_secrets_the_first_are_looked_for_elsewhere() -> None:
    """Each goes where it was found; how many are looked for in other texts is bounded."""
    dump = "\n".join(f"password=Zq7hTr5kVw9x{n:05}" for n in range(5000))
    taken: dict[str, str] = {}
    clean, _ = redact(dump, taken)
    assert "Zq7" not in clean
    assert secrets.MOST_TAKEN <= len(taken) < secrets.MOST_TAKEN + 8


@settings(max_examples=500)
@given(
    st.lists(
        st.sampled_from(
            [
                *sorted(NAMES),
                *sorted(HEADERS),
                "key",
                "Bearer",
                "eyJ",
                "AKIA",
                "toolu",
                "1",
                "x",
                "ä",
                "0a1b2c3d" * 4,
                "us12",
            ]
        )
        | st.text("abcdefXYZ0189é", max_size=20),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["", "_", "-"]),
)
def test_in_a_word_alone_only_tokens_and_numbered_keys_are_found(parts: list[str], between: str) -> None:
    """So an id is looked through by the finders of these, and by no other."""
    word = between.join(parts)
    others = [find for find in secrets.FINDERS if find not in secrets.OF_WORDS]
    assert not secrets._is_word(word) or not [span for find in others for span in find(word)]
