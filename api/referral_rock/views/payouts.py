"""Payouts: their kinds, what is pending, transactions, and issuing (contracts/referral-rock.md, 4.17 to 4.20)."""

import time
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import reward_schemas, schemas
from api.referral_rock.base import SetView
from api.referral_rock.bodies import Flag, Query, Text, read_body, read_query
from api.referral_rock.bulk import failed, result_info, try_item
from api.referral_rock.errors import NotThere
from api.referral_rock.formats import read_uuid
from api.referral_rock.gather.payouts import to_recipient, transactions_of
from api.referral_rock.objects.payouts import groups_json, payout_json, transaction_json, transactions_json
from api.referral_rock.paging import MOST, PageQuery, answer_set, ids_of, in_order, read_page
from api.referral_rock.reward_bodies import IssuePayoutTransaction, OverrideQuery, find_method
from api.referral_rock.words import REMOVED, SENT
from payouts.models import Payout, PayoutMethod
from payouts.services.issuing import issue_owed
from payouts.services.owed import Recipient, find_recipient, owed_groups, owed_people

RECIPIENTS, SECONDS = 1000, 20.0  # of one call: whoever is left is told of, and comes with the next


class PendingQuery(Query):
    memberId = Text(help_text="Superseded by recipientId.")
    recipientId = Text(help_text="The id of a member, or of a referral.")
    includeIneligible = Flag(help_text="Also what has an eligibilityDate in the future.")


class TransactionsQuery(PageQuery):
    recipientId = Text(help_text="The id of a member, or of a referral.")
    transactionId = Text()


class PayoutsView(SetView):
    collection = "payouts"

    @extend_schema(operation_id="listPayouts", responses=schemas.answers(200, reward_schemas.PAYOUT_SET))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """`GET /api/payouts`: those in use, by program and in the order in which they are tried."""
        rows = list(self.methods.filter(is_active=True).order_by("program", "position", "id")[:MOST])
        return Response(envelope(self.collection, [payout_json(method) for method in rows]))

    @property
    def methods(self) -> QuerySet[PayoutMethod]:
        return PayoutMethod.objects.for_tenant(self.tenant).select_related("program")


class PayoutView(PayoutsView):
    @extend_schema(operation_id="getPayout", responses=schemas.answers(200, reward_schemas.PAYOUT_SET))
    def get(self, request: Request, payout_id: str) -> Response:  # type: ignore[override]  # noqa: ARG002
        """`GET /api/payouts/{id}`: a set of one, also of one that is not in use any more."""
        uid = read_uuid(payout_id)
        method = self.methods.filter(uid=uid).first() if uid else None
        if method is None:
            raise NotThere("payout")
        return Response(envelope(self.collection, [payout_json(method)]))


class PendingPayoutsView(SetView):
    collection = "payoutsPending"

    @extend_schema(
        operation_id="listPendingPayouts",
        parameters=[PendingQuery],
        responses=schemas.answers(200, reward_schemas.PENDING_SET),
    )
    def get(self, request: Request) -> Response:
        """`GET /api/payouts/pending`: a row for each payout, program and recipient, the longest owed first."""
        told = read_query(PendingQuery, request)
        wanted = [told[name] for name in ("recipientId", "memberId") if told.get(name)]
        found = [read_recipient(self, text) for text in wanted]
        if None in found or len(set(found)) > 1:
            return Response(envelope(self.collection, []))
        early = bool(told.get("includeIneligible"))
        recipient = found[0] if found else None
        groups = owed_groups(self.tenant, at=timezone.now(), limit=MOST, recipient=recipient, early=early)
        return Response(envelope(self.collection, groups_json(groups), total=groups[0].total if groups else 0))


class TransactionsView(SetView):
    collection = "payoutTransactions"

    def shape_failure(self, message: str) -> dict[str, Any]:
        if self.request.method == "GET":
            return super().shape_failure(message)
        return {"issuePayoutTransactionResults": None, "offset": 0, "total": 0, "message": message}

    @extend_schema(
        operation_id="listPayoutTransactions",
        parameters=[TransactionsQuery],
        responses=schemas.answers(200, reward_schemas.TRANSACTION_SET),
    )
    def get(self, request: Request) -> HttpResponse:
        """`GET /api/payouts/transactions`: the latest first. No balance: nobody deposits one here."""
        told, page = read_query(TransactionsQuery, request), read_page(request)
        rows: QuerySet[Payout] = Payout.objects.for_tenant(self.tenant)
        if told.get("transactionId"):
            uid = read_uuid(told["transactionId"])
            rows = rows.filter(uid=uid) if uid else rows.none()
        if told.get("recipientId"):
            recipient = read_recipient(self, told["recipientId"])
            rows = rows.filter(to_recipient(recipient)) if recipient else rows.none()

        def show(ids: list[int]) -> list[dict[str, Any]]:
            return transactions_json(in_order(transactions_of(self.tenant), ids))

        return answer_set(self.collection, ids_of(rows.order_by("-pk"), page), show, total=rows.count(), page=page)

    @extend_schema(
        operation_id="issuePayouts",
        parameters=[OverrideQuery],
        request=IssuePayoutTransaction,
        responses=schemas.answers(200, reward_schemas.ISSUED_SET),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/payouts/transactions?overrideIneligible=`: one result for each person to whom something is owed by
        this payout; 1,000 of them at most, and no longer than a client waits.
        """
        early = bool(read_query(OverrideQuery, request).get("overrideIneligible"))
        told, at = read_body(IssuePayoutTransaction, request.data), timezone.now()
        method, recipient = find_method(self.tenant, told["payoutId"]), None
        wanted = told.get("recipientId") or told.get("memberId")
        if wanted:
            recipient = read_recipient(self, wanted)
            if recipient is None:
                raise NotThere("recipient")
        owed = {"recipient": recipient, "early": early, "at": at}
        people = owed_people(method, limit=RECIPIENTS + 1, **owed)  # type: ignore[arg-type]
        results = self.issue_all(method, people, note=told.get("note") or "", **owed)  # type: ignore[arg-type]
        left = len(people) - len(results)
        message = "More is owed to others: call again." if left else None
        return Response(
            {"issuePayoutTransactionResults": results, "offset": 0, "total": len(results), "message": message}
        )

    def issue_all(
        self,
        method: PayoutMethod,
        people: list[int],
        *,
        note: str,
        recipient: Recipient | None,
        early: bool,
        at: datetime,
    ) -> list[dict[str, Any]]:
        """Each person by themselves, until it takes too long."""
        told: dict[str, Any] = {"actor": self.actor, "at": at, "reference": note, "early": early}
        done: list[tuple[Payout | None, str]] = []
        deadline = time.monotonic() + SECONDS
        for person in people[:RECIPIENTS]:
            done.append(try_item(partial(issue_owed, method, person, recipient=recipient, **told)))
            if time.monotonic() > deadline:
                break
        made = [payout.pk for payout, _ in done if payout]
        shown = {payout.pk: payout for payout in transactions_of(self.tenant).filter(pk__in=made)}
        return [
            {
                "payoutTransaction": transaction_json(shown[payout.pk]) if payout else None,
                "resultInfo": result_info(REMOVED, SENT[payout.status]) if payout else failed(why),
            }
            for payout, why in done
        ]


def read_recipient(view: SetView, text: str) -> Recipient | None:
    uid = read_uuid(text)
    return find_recipient(view.tenant, uid) if uid else None


def envelope(name: str, rows: list[dict[str, Any]], *, total: int | None = None) -> dict[str, Any]:
    return {"offset": 0, "total": len(rows) if total is None else total, "message": None, name: rows}
