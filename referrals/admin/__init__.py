from referrals.admin import evidence, members, outreach, people, programs, referrals, staff

__all__ = ["evidence", "members", "outreach", "people", "programs", "referrals", "staff"]
