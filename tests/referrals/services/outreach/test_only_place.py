"""Whoever mails must ask who wants no mail: so one module mails, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
APPS = ("config", "api", "portal", "payouts", "credits", "referrals", "events", "tenants")
MAILS = re.compile(r"\bsmtplib\b|django\.core\.mail|\bsend_mail\b|\bmail_admins\b|\bemail_user\b")


def test_one_module_hands_mail_to_a_server():
    mailing = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if MAILS.search(path.read_text())
    ]

    assert mailing == ["referrals/services/outreach/letters.py", "referrals/services/outreach/sending.py"]
    assert "get_connection" not in (ROOT / mailing[0]).read_text()
    assert ".send(" not in (ROOT / mailing[0]).read_text()
