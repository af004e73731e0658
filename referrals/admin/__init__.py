from referrals.admin import evidence, members, people, programs, referrals, staff

__all__ = ["evidence", "members", "people", "programs", "referrals", "staff"]
