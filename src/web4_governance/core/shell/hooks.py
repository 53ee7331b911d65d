"""Commands whose printed text is meant to be run by the shell that asks: what sets up an environment of a known tool.

From the tools' manuals (`eval "$(ssh-agent -s)"`). The text cannot be seen, as nothing is seen of what a program does that
is run; so it counts as running that program, not as running a text that nobody knows.
"""

from __future__ import annotations

from web4_governance.core.shell.operands import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command

STDERR = 2
SYSTEM = ("/usr/", "/opt/", "/bin/", "/home/", "/Users/", "/nix/", "/snap/", "/root/")
_COMPLETING = names(
    "kubectl helm npm pnpm yarn deno docker flux argocd kind k3d k9s oc poetry pip pip3 pipx uv ruff just task hugo op doctl "
    "stern velero istioctl linkerd eksctl kustomize skaffold buf rclone restic bw rg chezmoi golangci-lint cilium kops tkn "
    "goreleaser zellij watchexec hatch pdm invoke yq gh glab rustup aws-vault saml2aws tsh"
)
_COMPLETIONS = names(
    "completion completions generate-shell-completion shell-completion --completion --completions --print-completion-script "
    "--completion-script-bash --completion-script-zsh"
)
_VERSIONS = names("pyenv rbenv nodenv jenv goenv plenv phpenv luaenv swiftenv")
_PROMPTS = names("starship zoxide atuin oh-my-posh mcfly navi carapace fasd tv")
# By program: the words that make it print a text for `eval`; the empty one says that its bare name does, `*` that any does.
_HOOKS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_COMPLETING, _COMPLETIONS),
    **dict.fromkeys(_VERSIONS, names("init virtualenv-init")),
    **dict.fromkeys(_PROMPTS, names("init widget --init _carapace")),
    **dict.fromkeys(("mise", "rtx"), names("activate env hook-env")),
    **dict.fromkeys(("conda", "mamba", "micromamba"), names("shell.bash shell.zsh shell.posix shell")),
    **dict.fromkeys(("register-python-argcomplete", "nix-your-shell", "any-nix-shell", "modulecmd"), names("*")),
    **dict.fromkeys(("lesspipe", "lesspipe.sh", "resize", "locale"), names("-s") | {""}),
    **dict.fromkeys(("dircolors", "gdircolors"), names("-b -c --sh --bash --csh") | {""}),
    "ssh-agent": names("-s -c -a -t") | {""},
    "gpg-agent": names("--daemon -s"),
    "keychain": names("--eval --quiet -q --agents --noask"),
    "direnv": names("hook export"),
    "brew": names("shellenv"),
    "fnm": names("env"),
    "pixi": names("shell-hook completion"),
    "opam": names("env config"),
    "luarocks": names("path"),
    "minikube": names("docker-env podman-env -p"),
    "docker-machine": names("env"),
    "thefuck": names("--alias -a"),
    "fzf": names("--bash --zsh --fish"),
    "hub": names("alias"),
    "tset": names("-s -sQ"),
    "devbox": names("shellenv global generate"),
    "lorri": names("direnv"),
    "spack": names("load env unload"),
}


def prints_setup(command: Command) -> bool:
    """Say whether a command prints what sets up the shell that runs it."""
    if command.via or command.feeds or any(redirect.fd != STDERR for redirect in command.redirects):
        return False
    words = _HOOKS.get(command.program, frozenset())
    given = command.words[1].text if len(command.words) > 1 else ""
    if not all(word.known and not word.glob for word in command.words):
        return False
    path = command.words[0].text
    if "/" in path and not (path.startswith(SYSTEM) and path.rpartition("/")[0].endswith("bin")):
        return False
    return "*" in words or given in words
