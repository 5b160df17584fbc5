"""Options that the commands of ``figmill spectra`` share, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from figmill.console.generate import given, legible
from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill.spectra.reading import Reading

X_COLUMN = Annotated[
    str | None,
    typer.Option("--x", metavar="COLUMN", help="Column of x, by header or number."),
]
Y_COLUMN = Annotated[
    str | None,
    typer.Option(
        "--y",
        metavar="COLUMN",
        help="Column of y, by header or number; or the spectrum in a file of several.",
    ),
]
Y_KIND = Annotated[
    str | None,
    typer.Option(
        "--y-kind",
        metavar="KIND",
        help="What y is: absorbance, percent_transmittance, transmittance, percent_reflectance, "
        "reflectance, intensity.",
    ),
]
X_QUANTITY = Annotated[
    Literal["wavenumber", "wavelength", "raman_shift"] | None,
    typer.Option("--x-quantity", help="What x is."),
]
ACCEPT_LOW = Annotated[
    bool, typer.Option("--accept-low", help="Accept files that are understood badly, too.")
]
NORMALIZER = Annotated[
    Literal["rules", "llm"] | None,
    typer.Option(
        "--normalizer",
        help="Who is asked about files that are not clear: rules, or a language model. "
        "[default: rules]",
    ),
]
BASE_URL = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The model's endpoint (OpenAI's protocol)."),
]
MODEL = Annotated[str | None, typer.Option("--model", metavar="NAME", help="The model's name.")]
DAILY = Annotated[
    float | None, typer.Option("--daily-budget", metavar="N", help="The most to spend a day.")
]
MONTHLY = Annotated[
    float | None, typer.Option("--monthly-budget", metavar="N", help="The most to spend a month.")
]
PRICE_IN = Annotated[
    float | None, typer.Option("--price-in", metavar="N", help="Price of a million tokens sent.")
]
PRICE_OUT = Annotated[
    float | None,
    typer.Option("--price-out", metavar="N", help="Price of a million tokens received."),
]
CACHE_DIR = Annotated[
    str | None,
    typer.Option("--cache-dir", metavar="DIR", help="Where the model's plans and costs are kept."),
]


def known_value(text: str) -> tuple[str, float]:
    """Read FILE=VALUE."""
    file, sign, value = text.rpartition("=")
    try:
        if not sign or not file:
            raise ValueError
        return file, float(value.replace(",", "."))
    except ValueError:
        raise ConfigError(
            f"{text!r} is not a sample with its value.", hint="Write FILE=VALUE: b5.csv=5.0."
        ) from None


def numbers_by_name(options: list[str]) -> dict[str, float]:
    """Read NAME=NUMBER, each."""
    found = {}
    for text in options:
        name, sign, value = text.partition("=")
        try:
            if not sign:
                raise ValueError
            number = float(value)
        except ValueError:
            raise ConfigError(
                f"{text!r} is not an option of a baseline method.",
                hint="Write NAME=NUMBER: lam=1e6.",
            ) from None
        found[name.strip()] = int(number) if number.is_integer() and "e" not in value else number
    return found


def reading_of(**options: Any) -> Reading:
    """How files are read, from the options that were given."""
    from figmill.spectra.llm import LanguageModel
    from figmill.spectra.reading import Reading

    names = (
        "base_url",
        "model",
        "daily_budget",
        "monthly_budget",
        "price_in",
        "price_out",
        "cache_dir",
    )
    about = given(**{name: options.pop(name, None) for name in names})
    with legible():
        if options.get("normalizer") == "llm":
            for name in ("base_url", "model"):
                if name not in about:
                    raise ConfigError(
                        f"--normalizer llm needs --{name.replace('_', '-')}.",
                        hint="For example --base-url http://localhost:11434/v1 --model llama3.",
                    )
            options["language_model"] = LanguageModel(**about)
        elif about:
            name = next(iter(about)).replace("_", "-")
            raise ConfigError(f"--{name} needs --normalizer llm.", hint="Give both or neither.")
        return Reading(**given(**options))
