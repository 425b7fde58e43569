"""Stand-ins for Slack, Mailgun and Twilio: their protocols over real HTTPS on this machine, with faults on demand.

`python -m fleetcs.local.standins` runs all three in one process; nothing ever leaves the machine.
"""
