"""The invented companies and requests of the demo. Nobody in here exists."""

from typing import Final

# name, tier (None: no contract), hosting
COMPANIES: Final = (
    ("Brightwater Credit Union", "ultimate", "managed_cloud"),
    ("Halcyon Orbital", "ultimate", "self_hosted"),
    ("Norrland Rail", "ultimate", "self_hosted"),
    ("Pellucid Health", "ultimate", "managed_cloud"),
    ("Quillfeather Press", "ultimate", "managed_cloud"),
    ("Sablecrest Mining", "ultimate", "self_hosted"),
    ("Tidewrack Shipping", "ultimate", "self_hosted"),
    ("Umbral Pictures", "ultimate", "managed_cloud"),
    ("Verdigris Bank", "ultimate", "self_hosted"),
    ("Wexcombe University", "ultimate", "self_hosted"),
    ("Amberline Logistics", "premium", "self_hosted"),
    ("Bellwether Foods", "premium", "managed_cloud"),
    ("Cinderford Games", "premium", "managed_cloud"),
    ("Dovecote Insurance", "premium", "self_hosted"),
    ("Elmsworth Schools", "premium", "managed_cloud"),
    ("Fernhollow Robotics", "premium", "self_hosted"),
    ("Glasswing Textiles", "premium", "managed_cloud"),
    ("Harrowgate Energy", "premium", "self_hosted"),
    ("Inkwell Legal", "premium", "managed_cloud"),
    ("Juniper & Vale Retail", "premium", "self_hosted"),
    ("Kestrel Airfreight", "premium", "self_hosted"),
    ("Larkmere Hospitals", "premium", "managed_cloud"),
    ("Millrace Software", "premium", "self_hosted"),
    ("Nettlebed Farms", "premium", "managed_cloud"),
    ("Oxbow Telecom", "premium", "self_hosted"),
    ("Periwinkle Travel", "premium", "managed_cloud"),
    ("Rookhope Instruments", "premium", "self_hosted"),
    ("Saltmarsh Biotech", "premium", "self_hosted"),
    ("Thornbury Council", "premium", "managed_cloud"),
    ("Underhill Outfitters", "premium", "managed_cloud"),
    ("Aldgrove Analytics", "free", "self_hosted"),
    ("Bramblewood Studio", "free", "self_hosted"),
    ("Copperkettle Coffee", "free", "self_hosted"),
    ("Driftwood Labs", "free", "self_hosted"),
    ("Eiderdown Hotels", "free", "self_hosted"),
    ("Foxglove Pharmacy", None, "unknown"),
    ("Gorsebank Capital", None, "unknown"),
    ("Hazelmoor Design", None, "unknown"),
    ("Ironbridge Foundry", None, "unknown"),
    ("Jasmine Street Clinics", None, "unknown"),
)
INDUSTRIES: Final = (
    "Finance",
    "Aerospace",
    "Transport",
    "Health",
    "Media",
    "Education",
    "Retail",
    "Energy",
    "Software",
)
FIRST: Final = (
    "Ada",
    "Bo",
    "Chidi",
    "Dagny",
    "Eero",
    "Farida",
    "Gus",
    "Hiro",
    "Ilse",
    "Jonas",
    "Kavya",
    "Lior",
    "Mina",
    "Nadia",
    "Otto",
    "Pilar",
    "Rasmus",
    "Selma",
    "Tove",
    "Viggo",
)
LAST: Final = (
    "Abernathy",
    "Birkholm",
    "Calloway",
    "Deschain",
    "Eklund",
    "Fairweather",
    "Gallardo",
    "Holloway",
    "Ibarra",
    "Jankovic",
    "Kettleworth",
    "Lundgren",
    "Moreau",
    "Nakagawa",
    "Ostrander",
    "Pettibone",
    "Quigley",
    "Rask",
)
TITLES: Final = ("IT manager", "Endpoint engineer", "Security lead", "Platform engineer", "CISO")
# priority, subject, text
REQUESTS: Final = (
    (
        "P0",
        "Gateway errors for everybody",
        "Since a few minutes every page of our server answers with a gateway error. "
        "Nobody can sign in and the agents do not report.",
    ),
    (
        "P0",
        "Server down after the upgrade",
        "We upgraded this morning and the server does not come up any more. The log ends with a failed migration.",
    ),
    (
        "P1",
        "Live queries never come back",
        "Live queries hang for every host since yesterday. Scheduled ones still work, "
        "but our compliance report is due tonight.",
    ),
    (
        "P1",
        "Thousands of hosts show as offline",
        "About 4,000 of our 9,000 hosts went offline in the console within an hour, though they are up and running.",
    ),
    (
        "P2",
        "Policy shows the wrong result on some laptops",
        "The disk encryption policy fails on laptops which are encrypted. Re-running it does not change anything.",
    ),
    (
        "P2",
        "Software list misses updates",
        "The software inventory of our Windows hosts has not changed for three days.",
    ),
    (
        "P2",
        "Enrollment profile is refused",
        "New Macs refuse the enrollment profile with a message about its signature.",
    ),
    (
        "P2",
        "Sign-in through our identity provider fails for new staff",
        "New colleagues are sent back to the login page. Existing ones get in.",
    ),
    (
        "P3",
        "How do we group hosts by location?",
        "We would like to see hosts per office. Is there a way to do so with labels, or should we use teams?",
    ),
    (
        "P3",
        "Which permissions does an auditor need?",
        "Our auditors need to read policies and nothing else. Which role do you suggest?",
    ),
    ("P3", "Question about the upgrade path", "We run a version from spring. Can we go to the newest one in one step?"),
    (
        "P3",
        "Documentation for the query scheduler",
        "Where is described what happens when a host was asleep at the time of a scheduled query?",
    ),
)
REPLIES: Final = (
    "Thank you for writing, and sorry for the trouble. I am looking into it now. Could you send me the server version "
    "and the last hundred lines of its log?",
    "I could reproduce this here. The cause is a setting that changed its default; the steps to set it back are below.",
    "We have what we need and are working on it. I will write again within the hour.",
    "Good question! There are two ways, and for your size I would take the second. Tell me if you want to walk through "
    "it together.",
)
THANKS: Final = (
    "Thank you, that solved it.",
    "Works now. Thanks for the quick help!",
    "Understood, we will try this on Thursday and write back.",
    "It still happens on two of the hosts. Anything else we could try?",
)
NOTES: Final = (
    "Same picture as last month at another customer: look at the load balancer first.",
    "Talked to engineering; they think it is the cache.",
    "Their change window is Thursday evening.",
)

RARE, COMMON = "zephyrine", "lighthouse"  # in one of ten thousand tickets of the volume, and in every tenth
# subject, text
ERRANDS: Final = (
    ("Slides for a business review", "Could somebody add last quarter's figures of my account to the slides?"),
    ("Who knows the new enrollment flow?", "A customer asks for a walk-through next week; who could join?"),
    ("Extend a trial", "The trial of a prospect ends on Friday and their pilot starts on Monday."),
    ("Export of hosts", "A customer needs a list of all hosts with their owners for an audit."),
)
ANSWERS_TO_COLLEAGUES: Final = ("Done, have a look.", "I will join the call.", "It is in the shared folder now.")
FORMS: Final = (
    ("Price for a school", "We are a school with 900 laptops. Do you have a price for education?"),
    ("Does it run offline?", "Some of our ships are without a connection for weeks. Does that work?"),
    ("Talk at our meet-up", "Would one of you like to speak at our meet-up in spring?"),
)
POSITIONS: Final = ("Support engineer", "Account executive", "Product designer")
CHAT_QUESTIONS: Final = (
    "A visitor asks whether hosts can be grouped by cost centre from an HR system.",
    "A visitor wants to know how long query results are kept on the managed service.",
    "A visitor asks whether the agent runs on a very old Linux kernel.",
)
