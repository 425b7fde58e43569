"""Is this process alive, and can the installation do its work?"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.clients import broker
from fleetcs.models import Heartbeat

STALE_AFTER = timedelta(seconds=90)
migrated: set[str] = set()  # names the database once it had every table; migrations are not undone under a process


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """503 when database, tables or ticker are missing. A broker that is away only slows things down by a second."""
    troubles = database_troubles()
    doorbell = "ok" if settings.REDIS_URL and broker.answers(settings.REDIS_URL) else "degraded"
    status = 503 if troubles else 200
    return JsonResponse(
        {"ready": not troubles, "troubles": troubles, "broker": doorbell},
        status=status,
        headers={"Retry-After": "5"} if troubles else {},
    )


def database_troubles() -> list[str]:
    """What keeps the installation from working, in one word each."""
    try:
        return [name for name, is_wrong in (("migrations", not has_tables()), ("ticker", is_stale())) if is_wrong]
    except DatabaseError:
        return ["database"]


def has_tables() -> bool:
    """Whether every migration has run; a plan is expensive, so it is made until it comes out empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.alias not in migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        migrated.add(connection.alias)
    return True


def is_stale() -> bool:
    """Whether nothing has come to the end of a round for a while."""
    last = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    return last is None or clock.now() - last > STALE_AFTER
