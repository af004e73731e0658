from django.urls import reverse

from referrals.models import Member
from tests.cast import make_member, make_program
from tests.console import make_staff, sign_in

ADD = reverse("admin:referrals_member_add")
ERIN = {"external_id": "erin", "email": "erin@erin.example", "first_name": "Erin", "last_name": "Ray", "code": "ERIN"}


def errors_of(response) -> dict[str, list[str]]:
    return response.context["adminform"].form.errors.get_json_data()


def test_staff_enrol_a_member(program):
    manager = sign_in(make_staff("mia", group="Program manager"))

    form = manager.get(ADD)
    response = manager.post(ADD, {**ERIN, "program": program.pk})

    member = Member.objects.get(person__external_id="erin")
    assert (form.status_code, response.status_code) == (200, 302)
    assert (str(member.person), member.person.email, member.status) == ("Erin Ray", "erin@erin.example", "Activated")
    assert [code.code for code in member.codes.all()] == ["ERIN"]


def test_a_member_without_a_wanted_code_gets_one(root, program):
    root.post(ADD, {**ERIN, "code": "", "program": program.pk})

    assert len(Member.objects.get(person__external_id="erin").codes.get().code) == 9


def test_a_taken_code_is_named(root, program, alice):
    response = root.post(ADD, {**ERIN, "code": "alice", "program": program.pk})

    assert errors_of(response)["code"][0]["message"] == "The code 'alice' is taken."
    assert not Member.objects.filter(person__external_id="erin").exists()


def test_another_tenant_may_have_the_same_code(root, program, globex):
    make_member(make_program(globex), "zoe", code="ERIN")

    root.post(ADD, {**ERIN, "program": program.pk})

    assert Member.objects.get(person__external_id="erin").codes.get().code == "ERIN"


def test_a_member_is_not_enrolled_twice(root, program, alice):
    response = root.post(ADD, {**ERIN, "external_id": "alice", "program": program.pk})

    assert errors_of(response)["external_id"][0]["message"] == "They are a member of this program already."


def test_a_reviewer_may_not_enrol(desk, program):
    response = desk.post(ADD, {**ERIN, "program": program.pk})

    assert response.status_code == 403
    assert Member.objects.count() == 0
