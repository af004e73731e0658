"""Every setting, read from the environment once and checked at the start. docs/operations.md lists them for users."""

import sys
from pathlib import Path

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from config.logs import hide_tokens

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()  # type: ignore[no-untyped-call]

# DEBUG is for people who work on Vouch. VOUCH_INSECURE is for the demo and the tests: no TLS, and secrets that the home
# makes up. ./run sets it when it is given no VOUCH_SECRET_KEY.
DEBUG = env.bool("VOUCH_DEBUG", False)
INSECURE = env.bool("VOUCH_INSECURE", False)


def secret(name: str) -> str:
    """A secret from the environment; only a demo or a test may run on a made-up one."""
    value = env.str(name, "")
    if not value and not INSECURE:
        raise ImproperlyConfigured(f"Set {name}: production does not start without it (see docs/operations.md).")
    return value or f"insecure-{name.lower()}-for-demos-and-tests-only"


SECRET_KEY = secret("VOUCH_SECRET_KEY")
SALT_KEY = secret("VOUCH_ENCRYPTION_KEY")  # encrypts shared secrets at rest (django-fernet-encrypted-fields)
ALLOWED_HOSTS = env.list("VOUCH_ALLOWED_HOSTS", default=["*"] if INSECURE else [])
CSRF_TRUSTED_ORIGINS = env.list("VOUCH_TRUSTED_ORIGINS", default=[])
if not INSECURE:
    SECURE_SSL_REDIRECT = env.bool("VOUCH_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"

# How many reverse proxies stand before Vouch: with 0 the connection's own address is the client's, and headers that a
# client can write are not believed.
TRUSTED_PROXIES = env.int("VOUCH_TRUSTED_PROXIES", 0)
ALLOW_PRIVATE_WEBHOOKS = env.bool("VOUCH_ALLOW_PRIVATE_WEBHOOKS", False)
STRIPE_API = env.str("VOUCH_STRIPE_API", "")  # another address for Stripe's API: that of a fake one
METRICS_TOKEN = env.str("VOUCH_METRICS_TOKEN", "")
# Where people reach Vouch: links in mails and share links begin with it. The first host answered is a fair guess.
_HOST = ALLOWED_HOSTS[0] if ALLOWED_HOSTS and ALLOWED_HOSTS[0][0] not in "*." else ""
BASE_URL = env.str("VOUCH_BASE_URL", "http://localhost:8000" if INSECURE else _HOST and f"https://{_HOST}").rstrip("/")
# Mail goes out only where a server is named; until then it waits. A demo or a test needs no server.
EMAIL_URL = env.str("VOUCH_EMAIL_URL", "consolemail://" if INSECURE else "")
DEFAULT_FROM_EMAIL = env.str("VOUCH_EMAIL_FROM", "Vouch <vouch@localhost>" if INSECURE else "")
if EMAIL_URL and not (DEFAULT_FROM_EMAIL and BASE_URL):
    raise ImproperlyConfigured("To send mail, set VOUCH_EMAIL_FROM and VOUCH_BASE_URL too (see docs/operations.md).")
globals().update(env.email_url_config(EMAIL_URL or "dummymail://"))  # type: ignore[no-untyped-call]
EMAIL_TIMEOUT = 20
MAILS_PER_MINUTE = env.int("VOUCH_MAILS_PER_MINUTE", 120)  # of one tenant
CLICKS_PER_MINUTE = env.int("VOUCH_CLICKS_PER_MINUTE", 120)  # of one address, on the open click endpoints

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "pgtrigger",
    "pghistory",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "django_prometheus",
    "tenants",
    "events",
    "referrals",
    "credits",
    "payouts",
    "portal",
    "api",
    "api.webshare",
    "config",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.refuse_unstorable_text",
    "config.middleware.limit_logins",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.record_history_context",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # each dialect documents its own slashes; a redirect would drop a POST's body
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
            ],
        },
    },
]

# The servers: given, or those of the home (manage.py, the demo and the tests set both variables before this is read).
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://postgres@/postgres")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,  # each service is its own transaction
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["HOST"] = DATABASES["default"]["OPTIONS"].pop("host", DATABASES["default"].get("HOST", ""))
DATABASES["default"]["OPTIONS"] |= {
    "server_side_binding": True,  # statements are prepared once, not planned at every call
    "prepare_threshold": 2,
    "connect_timeout": 10,
    "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
}
if env.bool("VOUCH_DATABASE_POOL", False):  # for many threads per process; one thread keeps its connection anyway
    DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.int("VOUCH_DATABASE_POOL_SIZE", 8)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_PREFIX = env.str("VOUCH_REDIS_PREFIX", "vouch:")  # two systems may share one server

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]

LOGIN_REDIRECT_URL = "admin:index"  # for those who come to the login page itself
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SILENCED_SYSTEM_CHECKS = ["fields.W340"]

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it would believe X-Forwarded-For, and an address is personal data
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.Denied"],  # every view says who may enter
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.openapi.schema.DialectSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vouch",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,  # text that is asked for may not be empty; text that is answered may
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": REDIS_PREFIX,
    "visibility_timeout": 900,  # three times the hard limit of the longest task
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = env.str("VOUCH_BEAT_SCHEDULE", "/tmp/vouch-beat")  # noqa: S108
CELERY_TIMEZONE = "UTC"
MATURE_BATCH = env.int("VOUCH_MATURE_BATCH", 5000)  # rewards that mature in one transaction
BOOKS_AUDITS = ["credits.services.audits.AUDITS", "payouts.services.audits.AUDITS"]
EXPLAINED_PAYOUTS = "payouts.services.explaining.payouts_of_rewards"  # payouts lie above what is explained
SWEEP_SECONDS = env.float("VOUCH_SWEEP_SECONDS", 5.0)  # how often beat looks for events and for due rewards

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                hide_tokens,
            ],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("VOUCH_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"propagate": True},
        "celery.app.trace": {"level": "WARNING"},  # django-structlog tells of each task already
    },
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_tokens,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

UNFOLD = {
    "SITE_TITLE": "Vouch",
    "SITE_HEADER": "Vouch",
    "SITE_SUBHEADER": "Referral console",
    "SITE_SYMBOL": "handshake",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "payouts.admin.dashboard.dashboard",
    "STYLES": [lambda _request: static("console.css")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("favicon.svg"), "sizes": "any"}
    ],
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
    "SIDEBAR": {"show_search": False, "navigation": "payouts.admin.navigation.navigation"},
    "SITE_URL": reverse_lazy("admin:index"),
}
