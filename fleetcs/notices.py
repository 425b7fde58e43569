"""The response-time notice of a customer's channel: floor 0 knows who can write it, a wing above writes it (SLA-17)."""

from collections.abc import Collection

from django.apps import apps
from django.utils.module_loading import import_string

type Terms = tuple[str, str]  # tier in force, and the code of a policy its contract is pinned to ("" for none)


def suggested(terms: Collection[Terms]) -> dict[Terms, str]:
    """The notice for each of these terms, from today's promises; empty texts where no app writes any."""
    names = [name for config in apps.get_app_configs() for name in getattr(config, "notices", [])]
    texts = [import_string(name)(terms) for name in names]
    return {each: "\n".join(filter(None, (some[each] for some in texts))) for each in terms}
