"""A company's worth of labelled referrals, the same ones every time: honest people and several kinds of fraud."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from django.db import connection

from referrals.models import Code, Identifier, Member, Person, Program, Referral
from referrals.services.mailboxes import canonical_email
from tests.cast import NOON

FIRST = """
Aaliyah Adam Agnes Ahmed Akira Alba Amara Anders Anna Anton Astrid Bao Beatriz Benjamin Bilal Carlos Chiara Clara
Daniel Daria David Elif Emily Emma Erik Fatima Felix Finn Gabriel Grace Hana Hanna Hugo Ibrahim Ines Ivan Jana
Jasper Joao Julia Kaito Karim Katarina Kofi Laila Lars Lea Leon Lina Lucia Lukas Maria Mario Marta Matteo Mei
Mikael Mohamed Nadia Nils Noah Nora Olga Oscar Pablo Paula Pedro Priya Rahul Rosa Sara Sofia Stefan Sven Tara
Thomas Tomas Uma Valentina Viktor Wei Yara Yusuf Zoe""".split()  # noqa: SIM905 - names read better so
LAST = """
Abe Adeyemi Almeida Andersson Bakker Bauer Becker Bianchi Bondar Brown Carvalho Castillo Chen Clark Costa Dahl
Davies Demir Diaz Dubois Eriksen Evans Fernandez Fischer Fontaine Garcia Girard Gonzalez Gupta Haddad Hansen Ito
Ivanov Jansen Jensen Johnson Kaya Kim Klein Kovacs Kowalski Kumar Lambert Larsen Lehmann Lindberg Lopez Marino
Martin Mbeki Meyer Moreau Morris Mueller Nagy Nakamura Nguyen Nielsen Novak Okafor Olsen Osman Patel Peeters
Pereira Petrov Popescu Quinn Ramirez Rossi Santos Sato Schmidt Schneider Silva Smith Sokolov Suzuki Tanaka Taylor
Tran Vargas Visser Walker Wang Weber Williams Wilson Wright Yamada Yilmaz Zhang Zielinski""".split()  # noqa: SIM905
Kind = Identifier.Kind


@dataclass
class Labelled:
    label: str
    is_fraud: bool
    referral: Referral


@dataclass
class Company:
    """Collects rows, and writes them at the end in a handful of statements."""

    program: Program
    random: Random = field(default_factory=lambda: Random(2026))
    people: list[Person] = field(default_factory=list)
    marks: list[Identifier] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)
    codes: list[Code] = field(default_factory=list)
    cases: list[Labelled] = field(default_factory=list)

    def person(self, *, name=None, last="", email="", **marks) -> Person:
        """Somebody new. Marks not given are this person's own."""
        number = len(self.people)
        first_name, last_name = name or (self.random.choice(FIRST), last or self.random.choice(LAST))
        email = email or f"{first_name}.{last_name}.{number}@gmail.com".lower()
        person = Person(
            tenant=self.program.tenant,
            external_id=f"u{number}",
            first_name=first_name,
            last_name=last_name,
            email=email,
        )
        own = {Kind.CARD: f"card{number}", Kind.STRIPE_CUSTOMER: f"cus_{number}", Kind.NETWORK: self.address()}
        for kind, value in {**own, **marks, Kind.MAILBOX: canonical_email(email)}.items():
            self.marks.append(Identifier(tenant=person.tenant, person=person, kind=kind, value=value))
        self.people.append(person)
        return person

    def address(self) -> str:
        return f"10.{self.random.randrange(256)}.{self.random.randrange(256)}.{self.random.randrange(256)}"

    def refer(self, label, referrer: Person, referred: Person, *, is_fraud=False, at=NOON) -> None:
        tenant = self.program.tenant
        member = self.members.get(id(referrer))
        if member is None:
            member = self.members[id(referrer)] = Member(tenant=tenant, program=self.program, person=referrer)
            self.codes.append(Code(tenant=tenant, member=member, code=f"C{len(self.codes)}", is_default=True))
        referral = Referral(
            tenant=tenant, program=self.program, referrer=member, referred=referred, attributed_at=at,
            expires_at=at + timedelta(days=30),
        )  # fmt: skip
        self.cases.append(Labelled(label, is_fraud, referral))

    def save(self) -> None:
        Person.objects.bulk_create(self.people)
        Identifier.objects.bulk_create(self.marks)
        Member.objects.bulk_create(self.members.values())
        Code.objects.bulk_create(self.codes)
        codes = {code.member_id: code for code in self.codes}
        for case in self.cases:
            case.referral.code = codes[case.referral.referrer.pk]
        Referral.objects.bulk_create([case.referral for case in self.cases])
        with connection.cursor() as cursor:  # as autovacuum would in time; without it, plans are made for empty tables
            cursor.execute("ANALYZE")


def add_honest(company: Company) -> None:
    for _ in range(170):
        _add_burst(company, "strangers", 5, is_fraud=False, every=timedelta(days=2))
    for number in range(200):
        _add_household(company, cards_shared=number % 100 == 0)
    for size, label in [*[(20, "office")] * 12, (60, "mobile carrier"), (60, "mobile carrier")]:
        _add_network(company, size, label=label)
    for _ in range(120):
        _add_namesakes(company)
    for number in range(40):
        _add_colleagues(company, f"firm{number}.example")
    for _ in range(6):
        _add_burst(company, "keen referrer", 10, is_fraud=False)  # as many as a day allows
    _add_burst(company, "influencer", 14, is_fraud=False)
    for number in range(6):
        company.refer("shy", company.person(), company.person(email=f"quiet{number}@mailinator.com"))


def add_fraud(company: Company) -> None:
    for number in range(100):
        card = {Kind.CARD: f"stolen{number}"}
        _refer_oneself(company, "same card", card, card)
        customer = {Kind.STRIPE_CUSTOMER: f"cus_same{number}"}
        _refer_oneself(company, "same customer", customer, customer)
        _refer_oneself(company, "alias", *({"email": email} for email in _alias(company, number)))
        _refer_oneself(company, "disposable", {}, {"email": f"x{number}@yopmail.com"})
        if number < 50:
            name = company.random.choice(FIRST), company.random.choice(LAST)
            both = {"name": name, Kind.NETWORK: company.address()}
            _refer_oneself(company, "same name at home", both, both)
    for size in (12, 15, 20, 25, 30):
        _add_burst(company, "velocity", size, is_fraud=True)
    for _ in range(10):  # another card, mailbox, name and network: nothing to see
        company.refer("careful", company.person(), company.person(), is_fraud=True)


def _add_household(company: Company, *, cards_shared: bool) -> None:
    last, network = company.random.choice(LAST), company.address()
    first_names = company.random.sample(FIRST, 3)
    marks = {Kind.NETWORK: network, **({Kind.CARD: f"family-{network}"} if cards_shared else {})}
    one, two, _ = (company.person(name=(first, last), **marks) for first in first_names)
    company.refer("family card" if cards_shared else "household", one, two)


def _add_network(company: Company, size: int, *, label: str) -> None:
    network = company.address()
    people = [company.person(**{Kind.NETWORK: network}) for _ in range(size)]
    for one, two in zip(people[::2], people[1::2], strict=True):
        company.refer(label, one, two)


def _add_colleagues(company: Company, firm: str) -> None:
    """At a provider we do not know, where "+" may be part of a name."""
    one, two = (company.person(email=f"team+{name}@{firm}") for name in ("ann", "bob"))
    company.refer("colleagues", one, two)


def _add_namesakes(company: Company) -> None:
    name = company.random.choice(FIRST), company.random.choice(LAST)
    company.refer("namesakes", company.person(name=name), company.person(name=name))


def _add_burst(company: Company, label: str, size: int, *, is_fraud: bool, every=timedelta(minutes=20)) -> None:
    """One referrer, and people who have nothing in common with them but their code."""
    referrer = company.person()
    for place in range(size):
        company.refer(label, referrer, company.person(), is_fraud=is_fraud, at=NOON + place * every)


def _refer_oneself(company: Company, label: str, one: dict, two: dict) -> None:
    company.refer(label, company.person(**one), company.person(**two), is_fraud=True)


def _alias(company: Company, number: int) -> tuple[str, str]:
    name = f"mallory.jones{number}"
    return [
        (f"{name}@gmail.com", f"{name.replace('.', '')}@gmail.com"),
        (f"{name}@gmail.com", f"{name}+two@googlemail.com"),
        (f"{name}@outlook.com", f"{name}+two@outlook.com"),
        (f"{name}@yahoo.com", f"{name}-two@yahoo.com"),
        (f"{name}@icloud.com", f"{name}+two@me.com"),
    ][number % 5]
