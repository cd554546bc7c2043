"""Writes the tables of national holidays in this folder, apart from jp.toml, which has a source of its own.

    pip install holidays==0.109 && python infra/holidays/make.py

The package `holidays` (PyPI, MIT) keeps the laws of its countries. Taken are public holidays of the whole country (of
England for gb-eng), substitutes for weekends among them, for ten years; countries whose days follow the moon, or are
announced year by year, are left out, because a computed date may prove wrong.
"""

import pathlib

import holidays

FIRST, LAST = 2026, 2035
COUNTRIES = {
    "au": ("Australia", "AU", None),
    "br": ("Brazil", "BR", None),
    "ca": ("Canada", "CA", None),
    "de": ("Germany", "DE", None),
    "es": ("Spain", "ES", None),
    "fr": ("France", "FR", None),
    "gb-eng": ("England", "GB", "ENG"),
    "ie": ("Ireland", "IE", None),
    "it": ("Italy", "IT", None),
    "mx": ("Mexico", "MX", None),
    "nz": ("New Zealand", "NZ", None),
    "se": ("Sweden", "SE", None),
    "us": ("the United States (federal)", "US", None),
    "za": ("South Africa", "ZA", None),
}

for key, (country, code, part) in COUNTRIES.items():
    days = holidays.country_holidays(code, subdiv=part, years=range(FIRST, LAST + 1), language="en_US")
    lines = [
        f"# Public holidays of {country}, for `holiday_calendars = [\"{key}\"]`.",
        "#",
        f"# Source: the Python package holidays {holidays.__version__} (MIT), {code}{'-' + part if part else ''}, category public;",
        "# written by make.py beside this file. Regional and bank-only holidays are not in it. A new law can change any of",
        "# these days. A year that is not here is fail-safe: alarms stay armed and the answer says `fail-safe`.",
        f"first_year = {FIRST}",
        f"last_year  = {LAST}",
        "",
        "[days]",
    ]
    for day, name in sorted(days.items()):
        if FIRST <= day.year <= LAST:
            lines.append(f'{day} = "{name}"')
    (pathlib.Path(__file__).parent / f"{key}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
