"""The made-up firm in Salesforce: what its people sell, as the stand-in is told it. Used by the demo alone."""
