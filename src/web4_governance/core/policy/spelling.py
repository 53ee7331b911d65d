"""How programs spell what they are told: which options take a value, and which spellings mean the same.

Data for command patterns (`rm -rf`), from the programs' manuals; a program without a row is read by the plain rules of
getopt. Not the catalog of effects, which says what a command does; this one says when two commands are written alike.
"""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@value
class Spelling:
    """The options of a program (or of one subcommand): those with a value, synonyms, and what one option implies."""

    takes_value: frozenset[str] = frozenset()
    synonyms: Mapping[str, str] = {}
    implies: Mapping[str, tuple[str, ...]] = {}


def spelling(program: str, subcommand: str = "") -> Spelling:
    """Give the row of a program, with that of its subcommand where there is one."""
    name = _SAME_PROGRAM.get(program, program)
    values, same, implies = _ROWS.get(name, _NO_ROW)
    if subcommand:
        more = _ROWS.get(f"{name} {subcommand}", _NO_ROW)
        values, same, implies = f"{values} {more[0]}", f"{same} {more[1]}", f"{implies} {more[2]}"
    pairs = (item.split("=>") for item in implies.split())
    return Spelling(
        takes_value=frozenset(values.split()),
        synonyms={other: group.split("=")[0] for group in same.split() for other in group.split("=")},
        implies={one: tuple(many.split(",")) for one, many in pairs},
    )


def _row(values: str = "", same: str = "", implies: str = "") -> tuple[str, str, str]:
    """Options with a value, groups of synonyms (`-r=-R=--recursive`), and what one option implies (`-D=>-d,-f`)."""
    return values, same, implies


_PROGRAMS = """
age aider ansible ansible-playbook apt apt-get at aws az bash bcp blkdiscard bq brew bun bundle bw cargo cat cdk
chgrp chmod chown claude cmake codex composer copilot cp createdb crontab cryptsetup curl cursor-agent dd defaults
deno df diff diskutil dnf doas docker docker-compose dotnet dropdb du echo eksctl env fdisk find firebase flatpak
flux flyctl gcc gcloud gem gemini gh git glab go gpg gradle grep gsutil gunzip gzip helm heroku hg iptables java
javac jq k9s kill killall kubectl kustomize launchctl ld less ln ls make mariadb minikube mkdir mkfs mongo mongosh
mount mv mvn mysql mysqladmin mysqldump nano nc ncat nerdctl netcat netlify nft nmap node nohup npm npx nslookup oc
ollama op opencode openssl osascript pacman parted pass passwd perl pg_dump pg_restore php pip pip3 pipx pkill pnpm
podman poetry prisma psql pulumi pwsh python python3 rails rake rclone reboot redis-cli rg rm rmdir rsync ruby
rustup sam scp screen security sed serverless service sftp sh shred shutdown snap sops sqlcmd sqlite3 ssh ssh-keygen
su sudo supabase svn systemctl tail tar tee terraform terragrunt tmux tofu touch truncate twine ufw umount unlink
unzip useradd userdel uv uvx vault vercel vim web4 wget wipefs wrangler xargs yarn yum zip zsh
"""
PROGRAMS = frozenset(_PROGRAMS.split())

# Programs whose first operand says what they do.
_WITH_SUBCOMMAND = """
apt apt-get aws az brew bun bundle cargo composer docker docker-compose dotnet flyctl gcloud gem gh git glab go helm
heroku hg kubectl minikube nerdctl netlify npm oc pip pip3 pipx pnpm podman poetry prisma pulumi redis-cli rustup
snap supabase svn systemctl terraform terragrunt tofu uv vault vercel wrangler yarn yum dnf web4
"""
WITH_SUBCOMMAND = frozenset(_WITH_SUBCOMMAND.split())

# Programs whose long options have one dash: they are words, not clusters of letters.
ONE_DASH = frozenset(
    [
        "find",
        "terraform",
        "terragrunt",
        "tofu",
        "java",
        "javac",
        "openssl",
        "packer",
        "go",
        "gcc",
        "ld",
        "vault",
        "xmllint",
    ]
)

_ROWS: dict[str, tuple[str, str, str]] = {
    "apt-get": _row(same="-y=--yes=--assume-yes"),
    "apt": _row(same="-y=--yes=--assume-yes"),
    "aws": _row(
        values="--profile --region --output --endpoint-url --query --color --ca-bundle --cli-read-timeout "
        "--cli-connect-timeout --cli-binary-format"
    ),
    "az": _row(values="--subscription -o --query -g -n", same="-o=--output -g=--resource-group -n=--name -y=--yes"),
    "bash": _row(values="-o -O --rcfile --init-file"),
    "claude": _row(values="--permission-mode --model --mcp-config --settings --add-dir", same="-p=--print"),
    "gemini": _row(values="--approval-mode -m -p", same="-y=--yolo -m=--model -p=--prompt"),
    "pulumi": _row(values="-s -C", same="-y=--yes -s=--stack"),
    "bun": _row(values="--cwd"),
    "cargo": _row(values="--manifest-path --config --color -C -Z --target-dir"),
    "composer": _row(values="-d", same="-d=--working-dir"),
    "flyctl": _row(values="-a -c -t", same="-a=--app -c=--config -t=--access-token"),
    "gcloud": _row(
        values="--project --account --configuration --format --verbosity --billing-project --region --zone "
        "--impersonate-service-account --access-token-file --flags-file --filter",
        same="-q=--quiet",
    ),
    "heroku": _row(values="-a -r", same="-a=--app -r=--remote"),
    "hg": _row(values="-R --cwd --config --encoding", same="-R=--repository"),
    "netlify": _row(values="--site --auth --filter -s", same="-s=--site"),
    "pnpm": _row(values="-C --filter -F --registry", same="-C=--dir -F=--filter -g=--global"),
    "poetry": _row(values="-C -P", same="-C=--directory -P=--project"),
    "redis-cli": _row(values="-h -p -a -u -n -s -r -i --user --pass"),
    "supabase": _row(values="--workdir --profile --dns-resolver"),
    "svn": _row(values="--username --password --config-dir --config-option -r -m", same="-r=--revision -m=--message"),
    "uv": _row(values="--directory --project --config-file --color --cache-dir"),
    "vercel": _row(
        values="-t -S --cwd -A -Q", same="-t=--token -S=--scope -A=--local-config -Q=--global-config -y=--yes"
    ),
    "wrangler": _row(values="-c -e --cwd", same="-c=--config -e=--env"),
    "yarn": _row(values="--cwd"),
    "chgrp": _row(same="-R=--recursive"),
    "chmod": _row(same="-R=--recursive"),
    "chown": _row(same="-R=--recursive"),
    "cp": _row(values="-t -S", same="-r=-R=--recursive -f=--force -a=--archive -t=--target-directory"),
    "curl": _row(
        values="-X -d -o -H -F -T -u -A -b -c -e -x -m -w -K -U -E -r -y -Y -z -C -P -Q -t --url --data-urlencode --json",
        same="-X=--request -d=--data -o=--output -H=--header -F=--form -T=--upload-file -u=--user -k=--insecure "
        "-L=--location -O=--remote-name -s=--silent -x=--proxy",
    ),
    "docker": _row(values="-H -c -l --config", same="-H=--host -c=--context -l=--log-level"),
    "docker rm": _row(same="-f=--force -v=--volumes -l=--link"),
    "docker rmi": _row(same="-f=--force"),
    "docker run": _row(
        values="-v -e -p -u -w --name --network --mount --entrypoint -l -h -m",
        same="-v=--volume -e=--env -p=--publish -u=--user -w=--workdir -i=--interactive -t=--tty -d=--detach",
    ),
    "docker system": _row(values="--filter", same="-f=--force -a=--all"),
    "docker volume": _row(same="-f=--force -a=--all"),
    "docker image": _row(same="-f=--force -a=--all"),
    "git": _row(values="-C -c --git-dir --work-tree --namespace --super-prefix --config-env", same="-p=--paginate"),
    "git branch": _row(
        values="-u",
        same="-d=--delete -f=--force -m=--move -c=--copy -u=--set-upstream-to",
        implies="-D=>-d,-f -M=>-m,-f",
    ),
    "git checkout": _row(values="-b -B", same="-f=--force -q=--quiet -t=--track"),
    "git clean": _row(values="-e", same="-f=--force -n=--dry-run -i=--interactive -e=--exclude -q=--quiet"),
    "git commit": _row(
        values="-m -F -C -c -t --author --date",
        same="-m=--message -a=--all -n=--no-verify -F=--file -s=--signoff -S=--gpg-sign -q=--quiet",
    ),
    "git push": _row(
        values="-o --repo --receive-pack --exec",
        same="-f=--force -d=--delete -u=--set-upstream -n=--dry-run -o=--push-option -q=--quiet -v=--verbose",
    ),
    "git reset": _row(same="-q=--quiet -p=--patch"),
    "git restore": _row(values="-s", same="-s=--source -S=--staged -W=--worktree"),
    "git stash": _row(same="-u=--include-untracked -a=--all -q=--quiet"),
    "git tag": _row(values="-m -F -u", same="-d=--delete -f=--force -a=--annotate -m=--message"),
    "gh": _row(values="-R", same="-R=--repo"),
    "grep": _row(values="-e -f -m -A -B -C", same="-r=--recursive -i=--ignore-case -v=--invert-match -n=--line-number"),
    "helm": _row(
        values="-n --kube-context --kubeconfig --kube-apiserver --kube-token --kube-as-user --registry-config",
        same="-n=--namespace",
    ),
    "kubectl": _row(
        values="-n -f -l -o -s -c --context --cluster --kubeconfig --user --token --grace-period --as --as-group --as-uid "
        "--request-timeout --cache-dir --certificate-authority --client-certificate --client-key",
        same="-n=--namespace -f=--filename -l=--selector -o=--output -A=--all-namespaces -s=--server -c=--container",
    ),
    "ln": _row(same="-s=--symbolic -f=--force"),
    "make": _row(values="-C -f -j -I", same="-C=--directory -f=--file=--makefile -B=--always-make -k=--keep-going"),
    "mv": _row(values="-t -S", same="-f=--force -n=--no-clobber -t=--target-directory"),
    "mysql": _row(
        values="-e -u -h -P -D -S", same="-e=--execute -u=--user -h=--host -P=--port -D=--database -S=--socket"
    ),
    "mariadb": _row(values="-e -u -h -P -D -S", same="-e=--execute -u=--user -h=--host -P=--port -D=--database"),
    "npm": _row(values="--prefix --registry --tag -w", same="-g=--global -f=--force -D=--save-dev -w=--workspace"),
    "pip": _row(values="-r -c -i -t", same="-r=--requirement -i=--index-url -t=--target -U=--upgrade -y=--yes"),
    "psql": _row(
        values="-c -f -d -U -h -p -o -v",
        same="-c=--command -f=--file -d=--dbname -U=--username -h=--host -p=--port -o=--output -v=--set=--variable",
    ),
    "python": _row(values="-c -m -W -X"),
    "python3": _row(values="-c -m -W -X"),
    "rm": _row(same="-r=-R=--recursive -f=--force -i=--interactive -d=--dir -v=--verbose"),
    "rmdir": _row(same="-p=--parents"),
    "rsync": _row(values="-e -f", same="-r=--recursive -a=--archive -e=--rsh -n=--dry-run -f=--filter"),
    "scp": _row(values="-i -P -F -o -c -J -l -S"),
    "sed": _row(
        values="-e -f", same="-e=--expression -f=--file -i=--in-place -n=--quiet=--silent -E=-r=--regexp-extended"
    ),
    "shred": _row(values="-n -s", same="-u=--remove -f=--force -n=--iterations -z=--zero -s=--size"),
    "ssh": _row(values="-i -p -l -o -F -L -R -D -J -b -c -e -m -E -I -O -Q -S -W -w -B"),
    "sudo": _row(
        values="-u -g -h -p -C -D -r -t -T -U -R", same="-u=--user -g=--group -i=--login -s=--shell -E=--preserve-env"
    ),
    "systemctl": _row(values="-t -p -H -M -s", same="-t=--type -p=--property -H=--host -f=--force -s=--signal"),
    "tar": _row(
        values="-f -C -T -X",
        same="-c=--create -x=--extract=--get -t=--list -z=--gzip -f=--file -C=--directory -v=--verbose -r=--append",
    ),
    "wget": _row(
        values="-O -o -P -U -i -t -T -e --header --post-data --post-file",
        same="-O=--output-document -P=--directory-prefix -q=--quiet -r=--recursive -i=--input-file -c=--continue",
    ),
    "xargs": _row(values="-I -n -P -d -L -s -E -a", same="-0=--null -n=--max-args -P=--max-procs -d=--delimiter"),
}
_NO_ROW = ("", "", "")
_SAME_PROGRAM = {
    "podman": "docker", "nerdctl": "docker", "oc": "kubectl", "pip3": "pip", "sh": "bash", "zsh": "bash", "dash": "bash",
}  # fmt: skip

# Names of one program, and of one subcommand: what the manuals call aliases.
_CALLED = {"pip3": "pip", "k": "kubectl", "fly": "flyctl", "[": "test", "[[": "test"}
_SUBCOMMANDS = {
    "helm": {"del": "uninstall", "delete": "uninstall", "un": "uninstall", "fetch": "pull", "hist": "history"},
    "npm": {
        "i": "install",
        "add": "install",
        "un": "uninstall",
        "rm": "uninstall",
        "remove": "uninstall",
        "r": "uninstall",
    },
}
# Programs whose second word is part of their subcommand.
TWO_WORDS = frozenset(["aws", "az", "gcloud", "gh"])


def called(program: str) -> str:
    """Give the one name of a program that has several."""
    return _CALLED.get(program, program)


def subcommand_called(program: str, word: str) -> str:
    """Give the one name of a subcommand that has several."""
    return _SUBCOMMANDS.get(program, {}).get(word, word)


def spellings(program: str, subcommand: str) -> frozenset[str]:
    """Give every name of a subcommand of which `subcommand_called` gives the one."""
    return frozenset((subcommand, *(name for name, one in _SUBCOMMANDS.get(program, {}).items() if one == subcommand)))
