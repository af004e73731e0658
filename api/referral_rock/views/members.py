"""Members (contracts/referral-rock.md, 4.4 to 4.8)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import BulkView, ListAddView
from api.referral_rock.bodies import Flag, Query, read_body, read_query
from api.referral_rock.bulk import failed, part_of, read_items, read_part, result_info, try_item
from api.referral_rock.member_bodies import NewMember, UpdateMember, check_region, fields_of, person_of
from api.referral_rock.member_lists import MembersQuery, filter_members, page_of
from api.referral_rock.objects.members import members_json
from api.referral_rock.paging import answer_set, read_page
from api.referral_rock.queries import MemberQuery, echo_query, find_member, program_called, read_query_object
from api.referral_rock.words import REMOVED, UPDATED
from referrals.models import Member
from referrals.services.members_adding import add_member
from referrals.services.members_changing import update_member
from referrals.services.members_removing import remove_member
from tenants.models import Tenant


class AddQuery(Query):
    shouldSendEmail = Flag(help_text="Mail them a welcome with their link.")


class MembersView(ListAddView):
    collection, entity = "members", "member"

    @extend_schema(
        operation_id="listMembers", parameters=[MembersQuery], responses=schemas.answers(200, schemas.MEMBER_SET)
    )
    def get(self, request: Request) -> HttpResponse:
        """`GET /api/members`: a set whose members are null where the program is unknown."""
        told, page = read_query(MembersQuery, request), read_page(request)
        rows = filter_members(self.tenant, told)
        ids = page_of(rows, self.tenant, told["sort"], page)
        return answer_set(self.collection, ids, shower(self.tenant), total=rows.count(), page=page)

    @extend_schema(
        operation_id="addMember",
        parameters=[AddQuery],
        request=NewMember,
        responses=schemas.answers(201, schemas.MEMBER_CONFIRMATION, failure=schemas.NO_MEMBER),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/members`: 201; or a 200 without a member where there can be none, as for somebody who is one."""
        should_mail = read_query(AddQuery, request).get("shouldSendEmail")
        told = read_body(NewMember, request.data)
        member = add_member(
            program_called(self.tenant, told["programId"]),
            person={name: value for name, value in person_of(told).items() if value},
            code=told.get("referralCode") or "",
            is_disabled=bool(told.get("disabledFlag")),
            welcome=bool(should_mail),
            at=timezone.now(),
            actor=self.actor,
            **fields_of(told, self.tenant),
        )
        shown = shower(self.tenant)([member.pk])[0]
        return Response({"message": "Member Added", "member": shown}, status=201)


class UpdateMembersView(BulkView):
    @extend_schema(
        operation_id="updateMembers",
        request=schemas.MEMBER_UPDATES,
        responses=schemas.answers(200, schemas.MEMBER_UPDATE_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/members/update`: each item is done or not by itself; a member is shown as it is after all."""
        items = read_items(request.data)
        done = [try_item(partial(self.update, item)) for item in items]
        ids = list(dict.fromkeys(member.pk for member, _ in done if member))
        shown = {row["id"]: row for row in shower(self.tenant)(ids)}
        return Response(
            [
                {
                    "query": echo_query(MemberQuery, part_of(item, "query")),
                    "member": shown.get(str(member.uid)) if member else None,
                    "resultInfo": result_info(UPDATED, "Member Updated") if member else failed(why),
                }
                for item, (member, why) in zip(items, done, strict=True)
            ]
        )

    def update(self, item: Any) -> Member:
        member = find_member(self.tenant, read_query_object(MemberQuery, part_of(item, "query")))
        told = read_part(UpdateMember, item, "member")
        check_region(member, told)
        return update_member(
            member,
            person=person_of(told),
            code=told.get("referralCode") or "",
            is_disabled=told.get("disabledFlag"),
            at=timezone.now(),
            actor=self.actor,
            **fields_of(told, self.tenant),
        )


class RemoveMembersView(BulkView):
    @extend_schema(
        operation_id="removeMembers",
        request=schemas.MEMBER_REMOVALS,
        responses=schemas.answers(200, schemas.MEMBER_REMOVAL_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/members/remove`: each item is done or not by itself."""
        return self.remove_all(request)

    @extend_schema(
        operation_id="deleteMembers",
        request=schemas.MEMBER_REMOVALS,
        responses=schemas.answers(200, schemas.MEMBER_REMOVAL_RESULTS),
    )
    def delete(self, request: Request) -> Response:
        """`DELETE /api/members/remove`: the same, with a body."""
        return self.remove_all(request)

    def remove_all(self, request: Request) -> Response:
        items = read_items(request.data)
        done = [try_item(partial(self.remove, item)) for item in items]
        return Response(
            [
                {
                    "query": echo_query(MemberQuery, part_of(item, "query")),
                    "resultInfo": failed(why) if why else result_info(REMOVED, None),
                }
                for item, (_, why) in zip(items, done, strict=True)
            ]
        )

    def remove(self, item: Any) -> bool:
        member = find_member(self.tenant, read_query_object(MemberQuery, part_of(item, "query")))
        return remove_member(member, at=timezone.now(), actor=self.actor)


def shower(tenant: Tenant) -> Callable[[list[int]], list[dict[str, Any]]]:
    """What shows the tenant's members of some primary keys."""
    return partial(members_json, Member.objects.for_tenant(tenant), tenant=tenant)
