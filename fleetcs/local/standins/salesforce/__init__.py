"""Salesforce: its token endpoint, REST and Bulk 2.0 interfaces over records of a made-up company.

People and administrators act through `people`; `service` answers the product. Not there: SOQL aggregates other than
COUNT(), sub-queries, relative dates, allOrNone, bulk ingest, polymorphic parents beyond their first kind.
"""
