"""Files out and in: what the queue shows, what is to be paid, and what became of it."""

import csv
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from payouts.admin.cells import DANGEROUS, safe_cell, write_lines
from payouts.models import Payout
from tests.console import count_queries
from tests.payouts.admin.worlds import make_completed, make_failed, make_payout

EXPORT = reverse("admin:payouts_payout_export")
TO_PAY = reverse("admin:payouts_payout_to_pay")
RESULTS = reverse("admin:payouts_payout_results")


def read(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def upload(client, text: str | bytes):
    content = text.encode() if isinstance(text, str) else text
    return client.post(RESULTS, {"file": SimpleUploadedFile("results.csv", content, "text/csv")})


def lines_of(response) -> list[tuple[int, str, bool]]:
    return [(line.number, line.outcome, line.is_done) for line in response.context["lines"]]


@pytest.mark.parametrize("prefix", DANGEROUS)
def test_a_cell_that_a_spreadsheet_would_compute_is_text(prefix):
    assert safe_cell(f"{prefix}HYPERLINK(1)") == f"'{prefix}HYPERLINK(1)"
    assert safe_cell(f" {prefix}1").startswith("'") or prefix in "\t\r\n"


@given(st.text())
def test_no_text_reaches_a_spreadsheet_as_a_formula(text):
    (line,) = [
        row for row in csv.reader(io.StringIO("".join(write_lines(["a"], [[text]])), newline="")) if row != ["a"]
    ][:1] or [[""]]
    cell = line[0] if line else ""
    assert not cell.startswith(DANGEROUS)
    assert not cell.strip().startswith(DANGEROUS)


def test_numbers_are_left_alone():
    assert (safe_cell(-5), safe_cell("5"), safe_cell("name"), safe_cell(None)) == (-5, "5", "name", None)


def test_the_file_holds_what_the_list_shows(desk, by_hand, transfer):
    paid = make_completed(by_hand, "dana")
    failed = make_failed(by_hand, "erin")
    held = make_payout(transfer, "frank", 80_00)

    rows = read(desk.get(EXPORT))
    assert [(row["payout"], row["result"], row["amount"], row["status"]) for row in rows] == [
        (str(held.uid), "", "80.00", "held"),
        (str(failed.uid), "failed", "20.00", "failed"),
        (str(paid.uid), "paid", "20.00", "completed"),
    ]
    assert rows[0]["why_held"] == "amount"
    assert [row["payout"] for row in read(desk.get(f"{EXPORT}?view=failed"))] == [str(failed.uid)]
    assert [row["payout"] for row in read(desk.get(f"{EXPORT}?q=dana@dana.example"))] == [str(paid.uid)]
    assert [row["payout"] for row in read(desk.get(f"{EXPORT}?status__exact=held&p=7"))] == [str(held.uid)]
    assert desk.get(f"{EXPORT}?nonsense__exact=1").status_code == 302


def test_names_in_the_file_are_no_formulas(desk, by_hand):
    payout = make_payout(by_hand, "mallory")
    payout.person.first_name = '=HYPERLINK("http://evil.example","x")'
    payout.person.save(update_fields=["first_name"])

    (row,) = read(desk.get(EXPORT))

    assert row["person"] == '\'=HYPERLINK("http://evil.example","x")'


def test_what_is_to_be_paid_oldest_first(desk, by_hand, transfer):
    first, second = make_payout(by_hand, "dana"), make_payout(by_hand, "erin")
    make_completed(by_hand, "frank")
    make_payout(transfer, "grace")

    rows = read(desk.get(TO_PAY))

    assert [(row["payout"], row["email"], row["amount"], row["currency"]) for row in rows] == [
        (str(first.uid), "dana@dana.example", "20.00", "USD"), (str(second.uid), "erin@erin.example", "20.00", "USD"),
    ]  # fmt: skip
    assert list(rows[0])[:4] == ["payout", "result", "reference", "error"]


def test_a_file_of_results_line_by_line(paula, by_hand, transfer):
    paid, failed = make_payout(by_hand, "dana"), make_payout(by_hand, "erin")
    done, stripes = make_completed(by_hand, "frank"), make_payout(transfer, "grace")
    lines = [
        "payout,result,reference,error",
        f"{paid.uid},paid,WIRE-1,",
        f"{failed.uid},failed,,account closed",
        f"{done.uid},paid,WIRE-2,",
        f"{stripes.uid},paid,WIRE-3,",
        f"{uuid.uuid4()},paid,WIRE-4,",
        "nonsense,paid,WIRE-5,",
        f"{paid.uid},perhaps,,",
        f"{failed.uid}",
    ]

    response = upload(paula, "\ufeff" + "\r\n".join(lines))

    assert lines_of(response) == [
        (2, "completed", True),
        (3, "failed", True),
        (4, "A completed payout cannot become processing.", False),
        (5, "Stripe pays this one; nobody does by hand.", False),
        (6, "There is no such payout.", False),
        (7, "There is no such payout.", False),
        (8, "The result must be paid or failed.", False),
        (9, "The result must be paid or failed.", False),
    ]
    assert "2 done, 6 left alone" in response.content.decode()
    assert dict(Payout.objects.values_list("pk", "status")) == {
        paid.pk: "completed", failed.pk: "failed", done.pk: "completed", stripes.pk: "pending",
    }  # fmt: skip
    assert Payout.objects.get(pk=paid.pk).reference == "WIRE-1 (staff:paula)"


def test_the_same_file_again_does_nothing(paula, by_hand):
    payout = make_payout(by_hand, "dana")
    text = f"payout,result,reference\n{payout.uid},paid,WIRE-1\n"
    upload(paula, text)

    response = upload(paula, text)

    assert lines_of(response) == [(2, "A completed payout cannot become processing.", False)]


def test_the_filled_in_template_comes_back_as_it_is(paula, by_hand):
    payout = make_payout(by_hand, "dana")
    text = b"".join(paula.get(TO_PAY).streaming_content).decode()
    header, line = text.strip().splitlines()

    response = upload(paula, f"{header}\n{line.replace(',,,', ',paid,WIRE-9,', 1)}\n")

    assert lines_of(response) == [(2, "completed", True)]
    assert Payout.objects.get(pk=payout.pk).status == "completed"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("a,b\n1,2\n", "The first line must name the columns payout and result"),
        ("", "The submitted file is empty."),
        (b"payout,result\n\xff\xfe,paid\n", "The file is not in UTF-8. Save it as CSV UTF-8."),
        ("payout,result\n\x00,paid\n", "The file is no text."),
        ("payout,result\n" + "x,paid\n" * 10_002, "At most 10,000 lines at a time."),
        ('payout,result\n"' + "x" * 200_000 + '",paid\n', "field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(paula, content, refusal):
    response = upload(paula, content)

    assert response.status_code == 200
    assert response.context["lines"] is None
    assert refusal in response.content.decode()


def test_only_who_may_act_uploads(desk, by_hand):
    payout = make_payout(by_hand, "dana")

    assert desk.get(RESULTS).status_code == 403
    assert upload(desk, f"payout,result,reference\n{payout.uid},paid,x\n").status_code == 403
    assert Payout.objects.get().status == "pending"


def test_the_upload_page_reads_only(paula):
    count_queries(paula, RESULTS)


def test_what_is_told_of_a_line_is_escaped(paula, by_hand):
    html = upload(paula, "payout,result\n<script>alert(1)</script>,paid\n").content.decode()

    assert "<script>alert" not in html
