from referrals.models.program import REVIEW_SCORES
from referrals.services.risk import Rule, all_rules
from tests.docs.pages import read_rows, read_section

PAGE = "docs/risk.md"
PEOPLE = (2, 4, 5, 20, 21)  # on a network, the one thing a score depends on


def score_shown(rule: Rule) -> str:
    if isinstance(rule.score, int):
        return str(rule.score)
    scores = {rule.score_of({"people_on_network": people}) for people in PEOPLE}
    return ", ".join(str(score) for score in sorted(scores, reverse=True))


def weight_shown(rule: Rule) -> str:
    if rule.always:
        return "always"
    return "corroborating" if rule.corroborating else "adds up"


def test_the_page_names_every_rule_with_its_score_and_no_other():
    rows = read_rows(read_section(PAGE, "## The rules"))

    shown = {code: cells[1:] for code, cells in rows.items()}
    assert shown == {rule.code: [score_shown(rule), str(rule.version), weight_shown(rule)] for rule in all_rules()}


def test_the_page_names_every_level_with_its_score():
    section = read_section(PAGE, "## The rules")

    for level, score in REVIEW_SCORES.items():
        assert f"| {level.value} | {score} |" in section
