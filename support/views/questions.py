"""What customers ask about using the product, for whoever mends the documentation (DOC-01)."""

from typing import Final

import django_filters as filters
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs.listing import listing
from fleetcs.once import once
from fleetcs.views.records import only
from support.forms.question import DocQuestionForm
from support.models import DocQuestion
from support.views.rights import colleague, sent

SORTS: Final = {"-captured": ("-captured_at", "-pk"), "captured": ("captured_at", "pk")}


class QuestionFilter(filters.FilterSet):
    """Questions by their words and the way they came."""

    q = filters.CharFilter(field_name="question", lookup_expr="icontains", label="Search", max_length=200)
    source = filters.ChoiceFilter(choices=DocQuestion.Source.choices, label="Came by", empty_label="Any way")


@require_safe
@only("question.see")
def questions(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    user = colleague(request)
    asked = QuestionFilter(
        request.GET, queryset=DocQuestion.objects.select_related("account", "channel", "captured_by")
    )
    page = listing(request, asked.qs, sorts=SORTS, form=asked.form, noun="question")
    shown = {"title": "Questions", "listing": page, "form": asked.form, "may_keep": user.may("question.keep")}
    return render(request, "support/questions.html", shown | {"search": "Search questions"}, status=page.status)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@only("question.keep")
def question_new(request: HttpRequest) -> HttpResponse:
    """Write one down."""
    form = DocQuestionForm(sent(request), user=colleague(request))
    if form.is_valid():
        _, is_new = form.keep()
        messages.success(request, "Kept." if is_new else "It was here already.")
        return redirect("support:questions")
    page = {"title": "New question of a customer", "form": form, "save": "Keep it"}
    return render(request, "_kit/form.html", page, status=422 if form.is_bound else 200)
