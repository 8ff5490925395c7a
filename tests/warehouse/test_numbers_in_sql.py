"""The database's condition on identity numbers says what the parser says."""

import random

from janus_warehouse.identity.numbers import NUMBER_FORM, check_digits_sql, is_valid, parse


def candidates() -> list[str]:
    """Return valid numbers of all kinds and rules, near misses, and texts that are no numbers."""
    chosen = random.Random(4)
    texts = ["", " ", "0", "1815010260", "018150102600", "01815o10260", "٠١٨١٥٠١٠٢٦٠", "1e10"]
    texts += ["-1815010260", "01815010260 ", "+01815010260", "00000000000", "99999999999"]
    days = [*range(34), *range(39, 74)]
    months = [0, 1, 6, 12, 13, 40, 41, 46, 52, 53, 80, 81, 86, 92, 93]
    for _ in range(6000):
        nine = (f"{chosen.choice(days):02d}{chosen.choice(months):02d}{chosen.randrange(100):02d}"
                f"{chosen.randrange(1000):03d}")  # fmt: skip
        ends = [f"{chosen.randrange(100):02d}"]
        ends += [end for end in (f"{n:02d}" for n in range(100)) if is_valid(nine + end)][:3]
        texts += [nine + end for end in ends]
    return texts


def test_sql_and_parser_agree_but_for_the_length_of_months(warehouse):
    texts = candidates()
    number = f"case when n ~ '{NUMBER_FORM}' then n::bigint end"
    condition = check_digits_sql("number").replace("%", "%%")  # the driver reads % as its own
    answers = warehouse.query(
        f"select coalesce({condition}, false) "
        f"from (select {number} as number, o from unnest(%s::text[]) with ordinality as t (n, o)"
        ") as numbers order by o",
        texts,
    )
    accepted = {text for text, (answer,) in zip(texts, answers, strict=True) if answer}
    valid = {text for text in texts if parse(text)}

    assert len(valid) > 3000
    assert valid - accepted == set(), "the parser takes what the database does not"
    for text in accepted - valid:
        # The registers own the date of birth: the database asks the digits only.
        assert has_no_such_day(text) or has_no_century(text), text


def has_no_such_day(text: str) -> bool:
    day, month = int(text[:2]) % 40, int(text[2:4]) % 40
    return day > {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)


def has_no_century(text: str) -> bool:
    individual, year = int(text[6:9]), int(text[4:6])
    return 500 <= individual <= 899 and year >= 40 and not (individual <= 749 and year >= 54)
