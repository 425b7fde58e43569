"""Forms of the support wing: they explain what is wrong; the verbs enforce it."""
