"""Stand-ins for Slack, Mailgun, Twilio and Salesforce: their protocols over real HTTPS on this machine, and faults.

`python -m fleetcs.local.standins` runs them all in one process; nothing ever leaves the machine.
"""
