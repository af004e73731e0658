from credits.admin import ledger, reviews, rewards, rules

__all__ = ["ledger", "reviews", "rewards", "rules"]
