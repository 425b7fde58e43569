"""Everything that may differ between two installations, read once from the environment.

`FLEETCS_MODE` says what this process is part of: `production` refuses to start without its secrets,
`demo`, `test` and `development` run on one machine with secrets made there (`manage.py` sets them).
Importing this module starts nothing: type checker and `check` may do it on a bare machine.
"""

import logging
import secrets
from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

django_stubs_ext.monkeypatch()  # lets classes such as ModelForm[Account] say what they are of

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"

env = environ.Env()

MODE = env.str("FLEETCS_MODE", default="development")
if MODE not in {"production", "demo", "test", "development"}:
    raise ImproperlyConfigured(f"FLEETCS_MODE must be production, demo, test or development, not {MODE!r}.")
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"
DEBUG = False


def secret(name: str) -> str:
    """The secret `name` from the environment; made up for this process where nothing is at stake.

    Raises ImproperlyConfigured in production when it is missing or too short to be one (T33, T36).
    """
    value: str = env.str(name, default="")
    if PRODUCTION and len(value) < 24:
        raise ImproperlyConfigured(f"{name} must be set to at least 24 characters in production.")
    return value or secrets.token_urlsafe(40)


def rotating(name: str) -> list[str]:
    """The current secret and, while it is being rotated, the one before (`NAME_OLD`)."""
    return [value for value in (secret(name), env.str(f"{name}_OLD", default="")) if value]


SECRET_KEY = secret("SECRET_KEY")
SLACK_SIGNING_SECRETS = rotating("SLACK_SIGNING_SECRET")
MAIL_SIGNING_SECRETS = rotating("MAIL_SIGNING_SECRET")
CONTACT_SIGNING_SECRETS = rotating("CONTACT_SIGNING_SECRET")
REPLY_ADDRESS_SECRETS = rotating("REPLY_ADDRESS_SECRET")
GITHUB_WEBHOOK_SECRETS = rotating("GITHUB_WEBHOOK_SECRET")
LICENSE_KEY_SECRETS = rotating("LICENSE_KEY_SECRET")  # license keys at rest are sealed with the first
# Doors that only some companies use: shut, and asking for no secret, until they are switched on.
ZAPIER = env.bool("ZAPIER", default=not PRODUCTION)
ZAPIER_SECRETS = rotating("ZAPIER_SECRET") if ZAPIER else []
UNTHREAD_WEBHOOK = env.bool("UNTHREAD_WEBHOOK", default=not PRODUCTION)
UNTHREAD_SIGNING_SECRETS = rotating("UNTHREAD_SIGNING_SECRET") if UNTHREAD_WEBHOOK else []

# --- where it is reached ---------------------------------------------------------------------------------------------
BASE_URL = env.str("BASE_URL", default="http://localhost:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the host people type in production.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SESSION_COOKIE_NAME = env.str("SESSION_COOKIE_NAME", default="fleetcs_session")
CSRF_COOKIE_NAME = env.str("CSRF_COOKIE_NAME", default="csrftoken")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_ENGINE = "fleetcs.sessions"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
OIDC_ORIGIN = env.str("OIDC_ORIGIN", default="")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF, *([OIDC_ORIGIN] if OIDC_ORIGIN else [])],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# --- what it is made of ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "fleetcs",
    "accounts",
    "opportunities",
    "support",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "anymail",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "pgtrigger",
    "pghistory",
]
MIDDLEWARE = [
    "fleetcs.middleware.body_limit",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "fleetcs.middleware.private_pages",
    "fleetcs.middleware.database_outage",
    "fleetcs.middleware.audit_context",
]
ROOT_URLCONF = "fleetcs.urls"
WSGI_APPLICATION = "fleetcs.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fleetcs.context.page",
            ],
            "builtins": ["fleetcs.templatetags.kit", "fleetcs.templatetags.links"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
FIRST_DAY_OF_WEEK = 1
APPEND_SLASH = True

# --- data ------------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres:///fleetcs"),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "prepare_threshold": 5,  # allows what fleetcs.models.written prepares; nothing else ever is
            "connect_timeout": 2,  # seconds: a server that hangs is answered for as soon as one that is away (F01)
            "options": "-c lock_timeout=2000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000",
        },
    }
}
if PRODUCTION and not env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured("DATABASE_URL must be set in production.")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "fleetcs_cache"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
MAX_BODY_BYTES = 27 * 1024 * 1024
MAX_MAIL_BYTES = 25 * 1024 * 1024
ATTACHMENT_DIR = Path(env.str("ATTACHMENT_DIR", default=str(LOCAL_DIR / "attachments")))
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=20 * 1024 * 1024)

CLOCK_FILE = env.str("CLOCK_FILE", default=str(LOCAL_DIR / "clock"))
# How long one claim of an effect or a delivery holds: at least three times what one call may take (3 + 10 s).
EFFECT_LEASE_SECONDS = env.float("EFFECT_LEASE_SECONDS", default=45.0)

# --- the doorbell ----------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_QUEUE_PREFIX = env.str("CELERY_QUEUE_PREFIX", default="")

# --- sign-in ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "fleetcs.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # addresses are unique without regard to case, by a constraint on Lower()
    "mail.E001",  # mail leaves as an effect through fleetcs.clients.email; Django's own mailer is to send nothing
]
AUTHENTICATION_BACKENDS = ["fleetcs.signin.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "fleetcs.signin.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "fleetcs.signin.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip", "login": "30/m/ip"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "fleetcs.signin_links.LinkTokens"  # noqa: S105 - where it is, not what
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24  # seconds that a sign-in link works
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "fleetcs"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": env.str("OIDC_NAME", default="the company account"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": secret("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env.str("OIDC_SERVER_URL")},
            }
        ]
        if env.str("OIDC_CLIENT_ID", default="")
        else []
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOCAL_PASSWORDS = env.bool("LOCAL_PASSWORDS", default=not PRODUCTION)

# --- lines to the outside --------------------------------------------------------------------------------------------
# Hosts the product may speak to; user-given addresses are never fetched (T12).
SLACK_API_URL = env.str("SLACK_API_URL", default="https://slack.com/api/")
SLACK_BOT_TOKEN = env.str("SLACK_BOT_TOKEN", default="")
SLACK_TEAM_ID = env.str("SLACK_TEAM_ID", default="")
MAILGUN_API_URL = env.str("MAILGUN_API_URL", default="https://api.mailgun.net/v3")
MAILGUN_API_KEY = env.str("MAILGUN_API_KEY", default="")
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="mail.localhost")
SUPPORT_ADDRESS = env.str("SUPPORT_ADDRESS", default=f"support@{MAIL_DOMAIN}")
OWN_MAIL_DOMAINS = env.list("OWN_MAIL_DOMAINS", default=[MAIL_DOMAIN])
AUTHENTICATION_RESULTS_HOST = env.str("AUTHENTICATION_RESULTS_HOST", default="")
SMS_API_URL = env.str("SMS_API_URL", default="https://api.twilio.com")
SMS_ACCOUNT = env.str("SMS_ACCOUNT", default="")
SMS_TOKEN = env.str("SMS_TOKEN", default="")
SMS_FROM = env.str("SMS_FROM", default="")
# Which of the three logins is used follows from what is given: a private key (JWT bearer), a password, or neither.
SALESFORCE_LOGIN_URL = env.str("SALESFORCE_LOGIN_URL", default="https://login.salesforce.com")
SALESFORCE_CLIENT_ID = env.str("SALESFORCE_CLIENT_ID", default="")
SALESFORCE_CLIENT_SECRET = env.str("SALESFORCE_CLIENT_SECRET", default="")
SALESFORCE_PRIVATE_KEY = env.str("SALESFORCE_PRIVATE_KEY", multiline=True, default="")
SALESFORCE_USERNAME = env.str("SALESFORCE_USERNAME", default="")
SALESFORCE_PASSWORD = env.str("SALESFORCE_PASSWORD", default="")
SALESFORCE_SECURITY_TOKEN = env.str("SALESFORCE_SECURITY_TOKEN", default="")
SALESFORCE_EXTERNAL_ID = env.str("SALESFORCE_EXTERNAL_ID", default="Fleetcs_id__c")
SALESFORCE_RECORD_URL = env.str("SALESFORCE_RECORD_URL", default="")  # with {object} and {id}: where people look
SALESFORCE_POLL_SECONDS = env.int("SALESFORCE_POLL_SECONDS", default=120)
SALESFORCE_API_VERSION = env.str("SALESFORCE_API_VERSION", default="66.0")
GITHUB_API_URL = env.str("GITHUB_API_URL", default="https://api.github.com")
GITHUB_TOKEN = env.str("GITHUB_TOKEN", default="")
GITHUB_APP_ID = env.str("GITHUB_APP_ID", default="")
GITHUB_APP_PRIVATE_KEY = env.str("GITHUB_APP_PRIVATE_KEY", default="").replace("\\n", "\n")
GITHUB_INSTALLATION_ID = env.int("GITHUB_INSTALLATION_ID", default=0)
GITHUB_ORG = env.str("GITHUB_ORG", default="")
GITHUB_PUBLIC_REPO = env.str("GITHUB_PUBLIC_REPO", default="")
GITHUB_CONFIDENTIAL_REPO = env.str("GITHUB_CONFIDENTIAL_REPO", default="")
LEAD_RESPONSE_HOURS = env.int("LEAD_RESPONSE_HOURS", default=0)  # 0: no target, nothing is flagged (LEA-02)
# What the close of a deal only warns of stops it too.
DEAL_CLOSE_WARNINGS_STOP = env.bool("DEAL_CLOSE_WARNINGS_STOP", default=False)
# A quote that the CRO wrote is approved by the CEO, not by the CRO (QUO-02).
CRO_QUOTES_TO_CEO = env.bool("CRO_QUOTES_TO_CEO", default=False)
# Above how many activities with one account in thirty days outreach is marked as too frequent; none: never (REP-03).
REP_ACTIVITY_TOO_MANY = env.int("REP_ACTIVITY_TOO_MANY", default=0)
if GITHUB_APP_ID and not (GITHUB_APP_PRIVATE_KEY and GITHUB_INSTALLATION_ID):
    raise ImproperlyConfigured("GITHUB_APP_ID needs GITHUB_APP_PRIVATE_KEY and GITHUB_INSTALLATION_ID beside it.")
if GITHUB_PUBLIC_REPO and GITHUB_PUBLIC_REPO.lower() == GITHUB_CONFIDENTIAL_REPO.lower():
    raise ImproperlyConfigured("GITHUB_CONFIDENTIAL_REPO must not be the repository that everybody can read.")
MINOR_PLANETS_URL = env.str("MINOR_PLANETS_URL", default="https://www.minorplanetcenter.net/iau/lists/MPNames.html")
OUTSIDE_CA_FILE = env.str("OUTSIDE_CA_FILE", default="")
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
DEFAULT_FROM_EMAIL = SUPPORT_ADDRESS
TICKET_SYSTEM = env.str("TICKET_SYSTEM", default="unthread")
if TICKET_SYSTEM not in {"unthread", "zendesk"}:
    raise ImproperlyConfigured(f"TICKET_SYSTEM must be unthread or zendesk, not {TICKET_SYSTEM!r}.")
ZENDESK_URL = env.str("ZENDESK_URL", default="")
ZENDESK_EMAIL = env.str("ZENDESK_EMAIL", default="")
ZENDESK_API_TOKEN = env.str("ZENDESK_API_TOKEN", default="")
ZENDESK_PAGE_SIZE = env.int("ZENDESK_PAGE_SIZE", default=100)

# --- static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(LOCAL_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "fleetcs.static.VendorFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": ATTACHMENT_DIR}},
    "staticfiles": {
        "BACKEND": "fleetcs.static.HashedStorage"
        if MODE in {"production", "demo"}
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = MODE in {"development", "test"}

# --- logs ------------------------------------------------------------------------------------------------------------
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # fleetcs.middleware.database_outage names who asks, and bears that it cannot
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: the one that says how it ended
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "fleetcs.logs.formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING")},
    "loggers": {"django": {"handlers": [], "level": "INFO" if PRODUCTION else "WARNING", "propagate": True}},
}
