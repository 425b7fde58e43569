"""The bare reference: what each page would cost if it only did its work, over the very same tables.

A minimal Django site (session, sign-in, CSRF): a list with two joins, a detail page with its messages, a form that
writes a ticket with its first message, a table of sums, a search. No permissions, navigation, filters or clocks.
"""
