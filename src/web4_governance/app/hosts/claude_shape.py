"""What shape Claude Code wants its settings in: one value of another shape, and the client drops the whole file.

Data, measured on 2.1.330 in print mode, each name with values of each type (docs/spec/claude-code.md). A shape is one or more
words, parted by `|`: a JSON type, a word below, or `=word` for that very text. What is not listed the client takes as it is.
"""

from __future__ import annotations

from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.app.hosts.json_text import Node

MODES = "=default|=manual|=acceptEdits|=bypassPermissions|=plan|=dontAsk|=auto"
COMMAND = {"": "object", ".type": "=command", ".command": "string"}
SETTINGS = {
    "$schema": "string",
    "advisorModel": "string",
    "agent": "string",
    "allowManagedHooksOnly": "boolean",
    "allowManagedMcpServersOnly": "boolean",
    "allowManagedPermissionRulesOnly": "boolean",
    "allowedChannelPlugins": "objects",
    "allowedHttpHookUrls": "strings",
    "alwaysThinkingEnabled": "boolean",
    "apiKeyHelper": "string",
    "attribution": "boolean|object",
    "attribution.commit": "string",
    "attribution.pr": "string",
    "attribution.sessionUrl": "boolean",
    "autoCompactEnabled": "boolean",
    "autoDreamEnabled": "boolean",
    "autoMemoryDirectory": "string",
    "autoMemoryEnabled": "boolean",
    "autoMode": "object",
    "autoMode.allow": "strings",
    "autoScrollEnabled": "boolean",
    "autoUpdatesChannel": "=latest|=stable|=rc",
    "availableModels": "strings",
    "awaySummaryEnabled": "boolean",
    "awsAuthRefresh": "string",
    "awsCredentialExport": "string",
    "blockedMarketplaces": "objects",
    "channelsEnabled": "boolean",
    "claudeMdExcludes": "strings",
    "cleanupPeriodDays": "count",
    "companyAnnouncements": "strings",
    "defaultShell": "=bash|=powershell",
    "defaultView": "=chat|=transcript",
    "disableAllHooks": "boolean",
    "disableAutoMode": "=disable",
    "disableBundledSkills": "boolean",
    "disableDeepLinkRegistration": "=disable",
    "disableSkillShellExecution": "boolean",
    "disabledMcpjsonServers": "string|strings",
    "enableAllProjectMcpServers": "boolean",
    "enabledMcpjsonServers": "string|strings",
    "enabledPlugins": "object",
    "env": "object",
    "fastMode": "boolean",
    "fastModePerSessionOptIn": "boolean",
    "feedbackSurveyRate": "share",
    **{f"fileSuggestion{name}": shape for name, shape in COMMAND.items()},
    "forceLoginOrgUUID": "string|strings",
    "forceRemoteSettingsRefresh": "boolean",
    "gcpAuthRefresh": "string",
    "hooks": "object",
    "httpHookAllowedEnvVars": "strings",
    "includeCoAuthoredBy": "boolean",
    "includeGitInstructions": "boolean",
    "language": "string",
    "minimumVersion": "string",
    "model": "string",
    "modelOverrides": "texts",
    "otelHeadersHelper": "string",
    "outputStyle": "string",
    "parentSettingsBehavior": "=merge|=first-wins",
    "permissions": "object",
    "permissions.additionalDirectories": "strings",
    "permissions.allow": "array",
    "permissions.ask": "array",
    "permissions.defaultMode": MODES,
    "permissions.deny": "array",
    "permissions.disableAutoMode": "=disable",
    "permissions.disableBypassPermissionsMode": "=disable",
    "plansDirectory": "string",
    "pluginConfigs": "maps",
    "pluginTrustMessage": "string",
    "prefersReducedMotion": "boolean",
    "promptSuggestionEnabled": "boolean",
    "remote": "object",
    "remote.defaultEnvironmentId": "string",
    "respectGitignore": "boolean",
    "sandbox": "object",
    "sandbox.allowUnsandboxedCommands": "boolean",
    "sandbox.autoAllowBashIfSandboxed": "boolean",
    "sandbox.enableWeakerNestedSandbox": "boolean",
    "sandbox.enabled": "boolean",
    "sandbox.excludedCommands": "strings",
    "sandbox.failIfUnavailable": "boolean",
    "sandbox.filesystem": "object",
    "sandbox.filesystem.denyRead": "strings",
    "sandbox.filesystem.denyWrite": "strings",
    "sandbox.ignoreViolations": "object",
    "sandbox.network": "object",
    "sandbox.ripgrep": "object",
    "showClearContextOnPlanAccept": "boolean",
    "showThinkingSummaries": "boolean",
    "showTurnDuration": "boolean",
    "skillOverrides": "texts",
    "skipAutoPermissionPrompt": "boolean",
    "skipDangerousModePermissionPrompt": "boolean",
    "skipWebFetchPreflight": "boolean",
    "spinnerTipsEnabled": "boolean",
    "spinnerVerbs": "object",
    "spinnerVerbs.mode": "=append|=replace",
    "spinnerVerbs.verbs": "strings",
    "sshConfigs": "objects",
    **{f"statusLine{name}": shape for name, shape in COMMAND.items()},
    "statusLine.padding": "number",
    "strictKnownMarketplaces": "objects",
    "syntaxHighlightingDisabled": "boolean",
    "terminalTitleFromRename": "boolean",
    "todoFeatureEnabled": "boolean",
    "tui": "=default|=fullscreen",
    "useAutoModeDuringPlan": "boolean",
    "verbose": "boolean",
    "voice": "object",
    "voice.enabled": "boolean",
    "voiceEnabled": "boolean",
    "worktree": "object",
    "worktree.baseRef": "string",
    "worktree.sparsePaths": "strings",
    "worktree.symlinkDirectories": "strings",
    "wslInheritsWindowsSettings": "boolean",
}
# What must be there where the object itself is.
NEEDED = ("fileSuggestion.command", "fileSuggestion.type", "spinnerVerbs.mode", "statusLine.command", "statusLine.type")
HANDLER = {
    "if": "string",
    "once": "boolean",
    "onFailure": "=continue|=block",
    "statusMessage": "string",
    "timeout": "above-0",
}
HANDLERS = {
    "command": {
        "command": "string",
        "args": "strings",
        "async": "boolean",
        "asyncRewake": "boolean",
        "rewakeMessage": "string",
        "rewakeSummary": "string",
        "shell": "=bash|=powershell",
    },
    "http": {"url": "url", "headers": "texts", "allowedEnvVars": "strings"},
    "mcp_tool": {"server": "string", "tool": "string", "input": "object"},
    "prompt": {"prompt": "string", "model": "string", "continueOnBlock": "boolean"},
    "agent": {"prompt": "string", "model": "string"},
}
HANDLERS_NEED = {
    "command": ("command",),
    "http": ("url",),
    "mcp_tool": ("server", "tool"),
    "prompt": ("prompt",),
    "agent": ("prompt",),
}


def misfit(node: Node, shape: str) -> str:
    """Say what a value of this shape must be; empty where it is."""
    words = shape.split("|")
    if any(_fits(node, word) for word in words):
        return ""
    if shape[0] == "=":
        return f"is none of {', '.join(word[1:] for word in words)}"
    return f"must be {' or '.join(_SAID.get(word, f'of type {word}') for word in words)}"


def _fits(node: Node, word: str) -> bool:
    if word[0] == "=":
        return node.kind == "string" and node.data == word[1:]
    return _FITS[word](node) if word in _FITS else node.kind == word


def _each(kind: str, of: str) -> Callable[[Node], bool]:
    return lambda node: node.kind == kind and all(item.kind == of for item in node.items)


def _is_number(node: Node, least: float, most: float = float("inf")) -> bool:
    return node.kind == "number" and isinstance(node.data, int | float) and least <= node.data <= most


def _is_url(node: Node) -> bool:
    if node.kind != "string":
        return False
    try:
        return bool(urlsplit(str(node.data)).scheme)
    except ValueError:
        return False


_FITS: dict[str, Callable[[Node], bool]] = {
    "strings": _each("array", "string"),
    "objects": _each("array", "object"),
    "texts": _each("object", "string"),
    "maps": _each("object", "object"),
    "count": lambda node: _is_number(node, 1) and float(str(node.data)).is_integer(),
    "share": lambda node: _is_number(node, 0, 1),
    "above-0": lambda node: _is_number(node, 0) and node.data != 0,
    "url": _is_url,
}
_SAID = {
    "strings": "a list of strings",
    "objects": "a list of objects",
    "texts": "an object of strings",
    "maps": "an object of objects",
    "count": "a whole number above 0",
    "share": "a number from 0 to 1",
    "above-0": "a number above 0",
    "url": "of type string and an address",
}
