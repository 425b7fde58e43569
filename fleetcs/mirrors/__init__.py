"""The mirror of Salesforce: what is fetched, how it becomes rows of ours, what goes back, and how both are counted.

The engine knows no record of its own: every app lists mappings (`mirrors` on its AppConfig) that say which object
over there is which model here.
"""
