"""What holds for every test: properties are judged by their answer, never by the time this machine took for it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("noisy-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy-machine")
