"""What a tool call does, as deeds: one effect on one target each.

`derive` is the one way in. The catalog says what programs do, the scene where paths lie, `Protected` what is the gate's.
"""

from web4_governance.core.effects.catalog import Catalog
from web4_governance.core.effects.derive import derive
from web4_governance.core.effects.gathering import EFFECT_CATEGORIES
from web4_governance.core.effects.links import behind_links, changed_paths, read_paths, secrets_behind
from web4_governance.core.effects.protect import Protected

__all__ = [
    "EFFECT_CATEGORIES",
    "Catalog",
    "Protected",
    "behind_links",
    "changed_paths",
    "derive",
    "read_paths",
    "secrets_behind",
]
