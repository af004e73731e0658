from credits.models.ledger import FLOWS, Bucket, EntryKind, LedgerEntry
from credits.models.payment import Payment, PaymentName, Reversal
from credits.models.review import BooksCheck, Review
from credits.models.reward import Reward
from credits.models.rule import TERMS, Mode, RewardRule

__all__ = [
    "FLOWS", "TERMS", "BooksCheck", "Bucket", "EntryKind", "LedgerEntry", "Mode", "Payment", "PaymentName", "Reversal",
    "Review", "Reward", "RewardRule",
]  # fmt: skip
