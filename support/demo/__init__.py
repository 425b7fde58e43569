"""A made-up quarter of support: customers, and what they asked. Used by the demo alone."""
